"""Charts of runs, as people read them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hvcheck.chart.changed import describe_changes
from hvcheck.chart.itf import to_itf
from hvcheck.chart.mermaid import to_mermaid
from hvcheck.chart.rows import Chart, Lifeline, Row, keys_in_order
from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw
from hvmodel.semantics import Step
from hvmodel.state import Layout

from .golden import check
from .sample import DRIFT, FAILING, LAYOUT, SCOPE, SYSTEM, trace_of, with_machines

GOLDEN = Path(__file__).parent / "golden"

FIGURE = Chart(
    "Figure: the host asks the guest",
    (
        Lifeline("Requester", "host"),
        Lifeline("HostVss", "host"),
        Lifeline("Writer", "host"),
        Lifeline("Ic[vm]", "guest[vm]"),
    ),
    (
        Row("message", "DoSnapshotSet", "Requester", "HostVss"),
        Row("open", "each vm in VM", nesting=1),
        Row("message", "OnPrepareSnapshot", "HostVss", "Writer", nesting=1),
        Row("open", "within 60 s", nesting=2),
        Row("asynchronous", "Backup", "Writer", "Ic[vm]", nesting=2),
        Row("step", "Prepare", "Ic[vm]", nesting=2),
        Row("return", "done", "Ic[vm]", "Writer", nesting=2),
        Row("close", "", nesting=2),
        Row("close", "", nesting=1),
        Row("message", "Log", "HostVss", "HostVss"),
    ),
)


def text(chart: Chart, width: int, *, ascii_only: bool = False) -> str:
    return "\n".join(map(str, draw(chart, width, ascii_only=ascii_only))) + "\n"


def drift() -> Chart:
    return chart_of_run(LAYOUT, trace_of(DRIFT), "AppConsistent in sample")


@pytest.mark.parametrize(
    ("name", "width", "ascii_only"),
    [("drift-120.txt", 120, False), ("drift-80-ascii.txt", 80, True), ("drift-list.txt", 60, False)],
)
def test_a_run_is_drawn(name: str, width: int, ascii_only: bool) -> None:
    drawn = text(drift(), width, ascii_only=ascii_only)
    check(GOLDEN, name, drawn)
    assert drawn.isascii() == ascii_only


def test_faults_and_failures_stand_apart() -> None:
    check(GOLDEN, "failing.txt", text(chart_of_run(LAYOUT, trace_of(FAILING), "a fault"), 100))


def test_a_loop_says_where_for_ever_begins() -> None:
    round_trip = (Step("Start", (0,)), Step("IcFails", (0,)), Step("Prepare", (0,)), Step("Fail", (0,)))
    again = (Step("Start", (0,)), Step("Prepare", (0,)), Step("Fail", (0,)))
    looped = text(chart_of_run(LAYOUT, trace_of(round_trip + again, loop=4), "a loop"), 100)
    check(GOLDEN, "loop.txt", looped)
    assert looped.index("from here for ever") > looped.index("IcFails")
    assert "and again from step 5" in looped
    stopped = text(chart_of_run(LAYOUT, trace_of(DRIFT, loop=len(DRIFT))), 100)
    assert "nothing moves any more" in stopped


def test_a_static_figure_uses_the_same_drawing() -> None:
    check(GOLDEN, "figure.txt", text(FIGURE, 110))
    check(GOLDEN, "figure-list.txt", text(FIGURE, 40, ascii_only=True))
    check(GOLDEN, "figure.mmd", to_mermaid(FIGURE))


def test_mermaid_of_a_run() -> None:
    check(GOLDEN, "drift.mmd", to_mermaid(drift()))


@pytest.mark.parametrize("width", [72, 80, 100, 120, 140, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = [str(line) for chart in (drift(), FIGURE) for line in draw(chart, width)]
    assert max(map(len, lines)) <= width


def test_many_lifelines_fold_into_a_list_rather_than_overflow() -> None:
    lifelines = tuple(Lifeline(f"Component{i}") for i in range(40))
    rows = tuple(Row("message", "Go", f"Component{i}", f"Component{i + 1}", number=i + 1) for i in range(39))
    drawn = text(Chart("many", lifelines, rows), 120)
    assert "Component38 → Component39: Go" in drawn


def test_every_step_of_a_run_is_in_every_form() -> None:
    chart = drift()
    numbers = [row.number for row in chart.rows]
    assert numbers == list(range(1, len(DRIFT) + 1))
    for drawn in (text(chart, 120), text(chart, 50)):
        for row in chart.rows:
            assert row.label in drawn
            assert all(change in drawn for change in row.below)


def test_machines_stand_together() -> None:
    steps = (
        Step("Start", (0,)),
        Step("Prepare", (0,)),
        Step("Backup", (1,)),
        Step("Freeze", (0,)),
        Step("GuestCommit", (1,)),
    )
    layout = with_machines(2)
    chart = chart_of_run(layout, trace_of(steps, layout=layout))
    assert [lifeline.key for lifeline in chart.lifelines] == [
        "Requester",
        "HostVss",
        "HyperVWriter",
        "Ic[vm1]",
        "Volsnap[vm1]",
        "Ic[vm0]",
        "App[vm0]",
    ]
    assert set(keys_in_order(chart.rows)) == {lifeline.key for lifeline in chart.lifelines}


def test_changes_name_constants_and_whole_indices_and_hide_control() -> None:
    trace = trace_of(DRIFT)
    described = [describe_changes(LAYOUT, a, b) for a, b in zip(trace.states, trace.states[1:], strict=False)]
    assert described[1] == ()
    assert described[4] == ("disk.snap[vm0, every DISK] := true",)
    assert described[6] == ("disk.now[vm0, disk1]: zero -> data1",)


def test_an_index_with_one_value_is_named_not_every() -> None:
    layout = Layout(SYSTEM, replace(SCOPE, sizes=(("VM", 1), ("DISK", 1), ("DATA", 2))))
    trace = trace_of(DRIFT[:5], layout=layout)
    assert describe_changes(layout, trace.states[4], trace.states[5]) == ("disk.snap[vm0, disk0] := true",)


def test_itf_gives_every_state_and_reads_back() -> None:
    trace = trace_of(DRIFT)
    written = json.loads(json.dumps(to_itf(LAYOUT, trace, "drift")))
    assert len(written["states"]) == len(trace.states)
    assert set(written["vars"]) == {name for name in written["states"][0] if name != "#meta"}
    assert written["states"][7]["disk.now"] == {
        "#map": [[{"#tup": ["vm0", "disk0"]}, "zero"], [{"#tup": ["vm0", "disk1"]}, "data1"]]
    }
    assert written["states"][7]["#meta"]["arguments"] == {"vm": "vm0", "d": "disk1", "x": "data1"}
    assert "loop" not in written
    check(GOLDEN, "drift.itf.json", json.dumps(to_itf(LAYOUT, trace_of(DRIFT[:2])), indent=1) + "\n")
