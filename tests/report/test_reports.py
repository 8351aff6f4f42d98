"""Diagnostics, matrix, violations and JSON, as people and programs read them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from chart.golden import check
from chart.sample import APP_CONSISTENT, COMPLETES, DRIFT, LAYOUT, ONE_COMMIT, SCOPE, SUCCEEDS, trace_of
from cli.fakes import BROKEN, SPEC, TEXT
from hvcheck.chart.canvas import Line, fitted, plain
from hvcheck.plan.job import Job, JobResult
from hvcheck.plan.judge import Cell, judge
from hvcheck.plan.verify import SpecReport, never_taken
from hvcheck.report.console import write
from hvcheck.report.diagnostics import render, render_all
from hvcheck.report.drawn import to_draw
from hvcheck.report.evidence import some_names
from hvcheck.report.json import reports_json
from hvcheck.report.matrix import matrix_lines
from hvcheck.report.violation import violation_lines
from hvcheck.verdict import (
    Certificate,
    Coverage,
    Failed,
    Holds,
    Proved,
    Reached,
    Undetermined,
    Unreachable,
    Verdict,
    Violated,
    confirm,
)
from hvmodel.source import Span
from hvmodel.system import Property
from hvspec.diagnostic import Diagnostic, Fix
from hvspec.spec import Expectation

GOLDEN = Path(__file__).parent / "golden"

DRIFTING = confirm(LAYOUT, trace_of(DRIFT))
FULL = Coverage(SCOPE, (("writes", 1),), 18427, 60312, 42, ("GuestCrash", "IcFails"))
VIOLATED = Violated("AppConsistent", DRIFTING, seconds=1.25)
HOLDS = Holds("AppConsistent", FULL, DRIFTING, seconds=1.25)
PROVED = Proved("AppConsistent", Certificate(("a", "b"), 12, "z3", ("no crash",)), DRIFTING, seconds=3.5)


def cell(scenario: str, claim: Property, *verdicts: Verdict) -> Cell:
    chosen = next(one for one in SPEC.scenarios if one.name == scenario)
    return judge(scenario, "small", claim, chosen.expected(claim.name), [("explicit", verdict) for verdict in verdicts])


def report(*cells: Cell) -> SpecReport:
    scenarios = dict.fromkeys(one.scenario for one in cells)
    results = [
        JobResult(Job("sample", name, "small"), scope="small", sizes=str(SCOPE), budgets=(("writes", 1),), seconds=1.5)
        for name in scenarios
    ]
    return SpecReport(SPEC, cells, tuple(results))


WIDE = report(
    cell("drift", APP_CONSISTENT, VIOLATED),
    cell("drift", COMPLETES, replace(HOLDS, property="Completes")),
    cell("drift", ONE_COMMIT, Undetermined("OneSnapshot", "a budget of 1,000 states was met", "raise --budget-states")),
    cell("drift", SUCCEEDS, Reached("BackupSucceeds", DRIFTING, 0.1)),
    cell("quiet", APP_CONSISTENT, PROVED),
    Cell("quiet", "small", COMPLETES, SPEC.scenarios[1].expected("Completes"), "not judged", note="no IcFails here"),
    cell("quiet", ONE_COMMIT, Failed("OneSnapshot", "the engine gave no verdict")),
    cell("quiet", SUCCEEDS, Unreachable("BackupSucceeds", FULL)),
)


def text(lines: list[Line]) -> str:
    return "\n".join(map(str, lines)) + "\n"


@pytest.mark.parametrize(("name", "width", "ascii_only"), [("matrix.txt", 120, False), ("matrix-narrow.txt", 50, True)])
def test_the_matrix(name: str, width: int, ascii_only: bool) -> None:
    drawn = text(matrix_lines(WIDE, width, ascii_only=ascii_only))
    check(GOLDEN, name, drawn)
    assert drawn.isascii() == ascii_only


def test_one_scenario_is_a_list_with_all_evidence() -> None:
    one = replace(WIDE, cells=WIDE.cells[4:], results=WIDE.results[1:])
    check(GOLDEN, "matrix-one.txt", text(matrix_lines(one, 120)))


def test_every_cell_of_the_matrix_is_shown_even_when_columns_do_not_fit() -> None:
    drawn = text(matrix_lines(WIDE, 30))
    assert drawn.count("AppConsistent") >= 2
    for word in ("violated 9", "HOLDS", "unclear", "reached 9", "proved", "ERROR", "UNREACHABLE"):
        assert word in drawn


def test_a_report_of_nothing_says_so() -> None:
    assert "nothing was judged" in text(matrix_lines(report(), 120))
    assert report().outcome == "undetermined"


def test_a_violation_names_the_settings_that_make_it() -> None:
    changed = replace(cell("quiet", APP_CONSISTENT, VIOLATED), restored="holds in drift")
    assert "  set here: writes = 0; without that it holds in drift" in map(str, violation_lines(SPEC, changed, 110))


def test_a_moot_property_is_nothing_to_judge() -> None:
    missing = Undetermined("AppConsistent", "no run could have broken it", coverage=FULL)
    expected = Expectation("AppConsistent", "moot", because="no copy is made")
    moot = judge("drift", "small", APP_CONSISTENT, expected, [("explicit", missing)])
    text_ = "\n".join(map(str, matrix_lines(report(moot), 110)))
    assert "-  P1 AppConsistent  -  no copy is made" in text_
    assert "unclear" not in text_
    wide = report(moot, cell("quiet", APP_CONSISTENT, HOLDS))
    assert "unclear" not in "\n".join(map(str, matrix_lines(wide, 110)))


def test_a_violation_with_its_chart_its_clause_and_its_sentence() -> None:
    lines = violation_lines(SPEC, WIDE.cells[0], 110, also=("quiet",))
    check(GOLDEN, "violation.txt", text(lines))


def test_charts_are_drawn_once_for_a_property_and_always_when_unexpected() -> None:
    again = cell("quiet", APP_CONSISTENT, VIOLATED)
    both = report(WIDE.cells[0], again, cell("no_commit", SUCCEEDS, Reached("BackupSucceeds", DRIFTING)))
    assert [(one.scenario, one.claim.name) for one, _ in to_draw(both, "unexpected")] == [
        ("no_commit", "BackupSucceeds"),
        ("quiet", "AppConsistent"),
    ]
    assert [(one.scenario, also) for one, also in to_draw(both, "property")][-1] == ("drift", ("quiet",))
    assert len(to_draw(both, "all")) == 3
    assert to_draw(both, "none") == []


def test_actions_that_no_search_reached_are_named_unless_one_did() -> None:
    other = replace(HOLDS, coverage=replace(FULL, unreached=("IcFails",)))
    assert never_taken(report(cell("quiet", APP_CONSISTENT, HOLDS))) == ("GuestCrash", "IcFails")
    assert never_taken(report(cell("quiet", APP_CONSISTENT, HOLDS), cell("drift", APP_CONSISTENT, other))) == (
        "IcFails",
    )


def test_many_untaken_steps_are_counted_and_the_first_named() -> None:
    names = tuple(f"Backup: Vss.Message{i}#{i} ~{variant}" for i in range(8) for variant in (1, 2))
    assert some_names(names) == (
        "16 steps: " + ", ".join(f"Backup: Vss.Message{i}" for i in range(6)) + " and 2 more (see --json)"
    )
    assert some_names(("IcFails",)) == "1 step: IcFails"


def test_json_is_stable_and_holds_everything() -> None:
    document = json.loads(json.dumps(reports_json([WIDE])))
    assert document["exit"] == 3
    cells = document["specs"][0]["cells"]
    assert [one["verdict"] for one in cells] == [
        "VIOLATED", "HOLDS", "UNDETERMINED", "REACHED", "PROVED", None, "ERROR", "UNREACHABLE",
    ]  # fmt: skip
    assert [one["outcome"] for one in cells] == [
        "expected", "difference", "undetermined", "expected", "expected", "not judged", "error", "difference",
    ]  # fmt: skip
    assert len(cells[0]["run"]["steps"]) == len(DRIFT)
    assert cells[0]["explanation"]["causes"][0][1]["clause"].startswith("taken.now[vm0, disk1]")
    assert cells[4]["engines"][0]["obligations"] == 12
    for one in cells:
        one.pop("run", None)
    check(GOLDEN, "report.json", json.dumps(document, indent=1) + "\n")


def test_a_diagnostic_shows_the_place_what_was_expected_and_the_mend() -> None:
    check(GOLDEN, "diagnostic.txt", text(render(BROKEN, {"sample.hvs": TEXT})))


def test_diagnostics_come_in_the_order_of_the_text_and_are_counted() -> None:
    long = Diagnostic("HV300", "never sent", Span("sample.hvs", 6, 1, 8, 2), "warning", fix=Fix("delete it"))
    tabbed = Diagnostic("HV001", "a tab", Span("tab.hvs", 1, 3, 1, 5), found="x")
    nowhere = Diagnostic("HV000", "no such file", Span("", 0, 0, 0, 0), expected="a file")
    sources = {"sample.hvs": TEXT, "tab.hvs": "\tx\tyy\n"}
    check(GOLDEN, "diagnostics.txt", text(render_all([tabbed, BROKEN, long, nowhere], sources)))


def test_a_diagnostic_never_fails_on_a_span_outside_its_text() -> None:
    for span in (Span("sample.hvs", 999, 1, 999, 2), Span("gone.hvs", 1, 1, 1, 1), Span("sample.hvs", 1, 500, 1, 501)):
        assert "HV104" in text(render(replace(BROKEN, span=span), {"sample.hvs": TEXT}))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    pipe, terminal, without = io.StringIO(), Terminal(), Terminal()
    write(pipe, [plain("wrong", "bad")])
    write(terminal, [plain("wrong", "bad")])
    monkeypatch.setenv("NO_COLOR", "1")
    write(without, [plain("wrong", "bad")])
    assert (pipe.getvalue(), terminal.getvalue(), without.getvalue()) == (
        "wrong\n",
        "\x1b[1;31mwrong\x1b[0m\n",
        "wrong\n",
    )


@pytest.mark.parametrize("width", [50, 80, 120])
def test_plain_lines_are_never_wider_than_the_terminal(width: int) -> None:
    long = plain("    " + "word " * 60, "quiet")
    parts = fitted(long, width)
    assert all(len(str(part)) <= width and str(part).startswith("    ") for part in parts)
    assert " ".join(" ".join(map(str, parts)).split()) == " ".join(str(long).split())
    two = plain("x" * 200, "quiet").append("y", "bad")
    assert fitted(two, width) == [two]
