"""Quiet stretches are folded; whatever the reader asked for is not."""

from __future__ import annotations

import re
from dataclasses import replace

from hvcheck.chart.fold import LAST_KEPT, fold
from hvcheck.chart.interest import interest_of, labels_of
from hvcheck.chart.rows import Chart, Lifeline, Row
from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw

from .sample import APP_CONSISTENT, COMPLETES, DRIFT, LAYOUT, ONE_COMMIT, SYSTEM, trace_of

LIFELINES = (
    Lifeline("App", "app"),
    Lifeline("Vss", "host"),
    Lifeline("Writer", "host"),
    Lifeline("Ic[vm0]", "guest[vm0]"),
    Lifeline("GuestVss[vm0]", "guest[vm0]"),
)


def quiet(number: int, label: str, source: str, target: str) -> Row:
    return Row("message", label, source, target, number=number, aside=("noted := true",), quiet=True)


HOST = [quiet(i, f"Host{i}", "Vss", "Writer") for i in (1, 2, 3)]
INTO = quiet(4, "Backup", "Writer", "Ic[vm0]")
GUEST = [quiet(i, f"Guest{i}", "Ic[vm0]", "GuestVss[vm0]") for i in (5, 6, 7)]
LOUD = Row("environment", "AppWrite", number=8, below=("disk: zero -> data1",), aside=("latest: zero -> data1",))
BACK = [quiet(i, f"Back{i}", "Vss", "Writer") for i in (9, 10)]
END = [quiet(i, f"End{i}", "App", "Vss") for i in (11, 12)]
RUN = Chart("run", LIFELINES, (*HOST, INTO, *GUEST, LOUD, *BACK, *END))


def test_a_stretch_is_one_row_and_leads_into_the_next_place() -> None:
    assert [(row.kind, row.number, row.label) for row in fold(RUN).rows] == [
        ("fold", 1, "3 steps in host: Host1 to Host3"),
        ("message", 4, "Backup"),
        ("fold", 5, "3 steps in guest[vm0]: Guest5 to Guest7"),
        ("environment", 8, "AppWrite"),
        ("fold", 9, "2 steps in host: Back9 to Back10"),
        ("message", 11, "End11"),
        ("message", 12, "End12"),
    ]


def test_every_step_is_counted_once() -> None:
    for cut in range(1, len(RUN.rows) + 1):
        folded = fold(replace(RUN, rows=RUN.rows[:cut]))
        shown = sum(int(re.match(r"\d+", row.label)[0]) if row.kind == "fold" else 1 for row in folded.rows)  # type: ignore[index]
        assert shown == cut
        assert [row.kind for row in folded.rows[-LAST_KEPT:]].count("fold") == 0


def test_bookkeeping_and_unused_lifelines_are_left_out_of_a_folded_chart() -> None:
    folded = fold(RUN)
    assert not any(row.aside for row in folded.rows)
    assert folded.rows[3].below == LOUD.below
    assert [one.key for one in folded.lifelines] == ["App", "Vss", "Writer", "Ic[vm0]"]


def test_a_single_quiet_row_stays_itself() -> None:
    rows = (HOST[0], LOUD, *END)
    assert [row.kind for row in fold(replace(RUN, rows=rows)).rows] == ["message", "environment", "message", "message"]


def test_what_is_loud_is_never_folded() -> None:
    for kind in ("environment", "fault", "failure", "deadline", "crash", "restart", "end"):
        rows = tuple(Row(kind, f"{kind}{i}", number=i) for i in range(1, 9))  # type: ignore[arg-type]
        assert fold(replace(RUN, rows=rows)).rows == rows


def test_rows_of_a_run_are_quiet_unless_they_change_what_the_property_reads() -> None:
    interest = interest_of(SYSTEM, APP_CONSISTENT)
    chart = chart_of_run(LAYOUT, trace_of(DRIFT), interest=interest)
    assert [row.label for row in chart.rows if row.quiet] == [
        "StartSnapshotSet",
        "OnPrepareSnapshot",
        "Backup",
        "CommitSnapshots",
    ]
    assert chart.rows[0].aside == ("HostVss.creating := true",)
    waiting = chart_of_run(LAYOUT, trace_of(DRIFT), interest=interest_of(SYSTEM, COMPLETES))
    assert waiting.rows[0].below == ("HostVss.creating := true",)
    assert not waiting.rows[0].quiet


def test_steps_that_are_asked_for_by_name_are_not_quiet() -> None:
    def loud(named: str) -> list[str]:
        interest = interest_of(SYSTEM, APP_CONSISTENT, named)
        return [row.label for row in chart_of_run(LAYOUT, trace_of(DRIFT), interest=interest).rows if not row.quiet]

    assert "OnPrepareSnapshot" not in loud("")
    for named in ("OnPrepareSnapshot", "HyperVWriter.OnPrepareSnapshot", "Prepare", "OnPrepareSnapshot(vm)"):
        assert "OnPrepareSnapshot" in loud(named)
    never = interest_of(SYSTEM, ONE_COMMIT)
    rows = chart_of_run(LAYOUT, trace_of(DRIFT), interest=never).rows
    assert [row.quiet for row in rows if row.label == "CommitSnapshots"] == [True, False]
    assert "StorageProvider.CommitSnapshots" in set(labels_of(SYSTEM.action["HostCommit"]))


def test_a_folded_chart_is_drawn_in_every_form() -> None:
    for width, ascii_only in ((110, False), (110, True), (50, False)):
        drawn = "\n".join(map(str, draw(fold(RUN), width, ascii_only=ascii_only)))
        assert "3 steps in host: Host1 to Host3" in drawn
        assert drawn.isascii() == ascii_only
