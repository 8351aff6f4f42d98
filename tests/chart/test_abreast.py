"""Charts side by side: each keeps its own order, what they share stands on one line, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart.golden import check
from hvcheck.chart.abreast import abreast, aligned
from hvcheck.chart.rows import Chart, Lifeline, Row

GOLDEN = Path(__file__).parent / "golden"


def message(label: str, source: str = "Requester", target: str = "HostVss", nesting: int = 0) -> Row:
    return Row("message", label, source, target, nesting)


def chart(title: str, *rows: Row) -> Chart:
    keys = dict.fromkeys(key for row in rows for key in (row.source, row.target) if key)
    return Chart(title, tuple(Lifeline(key, "host") for key in keys), rows)


OLD = chart(
    "Old",
    message("StartSnapshotSet"),
    message("DoSnapshotSet"),
    Row("open", "each vm in VM", nesting=1),
    Row("step", "Mount(vm)", "HyperVWriter", nesting=1, below=("taken[vm].revert()",)),
    Row("close", "", nesting=1),
    message("BackupComplete"),
)
NEW = chart(
    "New, with a title that is longer than its column is wide, so that it takes two lines",
    message("DoSnapshotSet"),
    message("Export(vm, disk)", target="Wmi[vm]"),
    message("BackupComplete"),
)


@pytest.mark.parametrize(("name", "width"), [("charts", 200), ("lists", 80), ("below", 45)])
def test_side_by_side_as_the_width_allows(name: str, width: int) -> None:
    lines = [str(line) for line in abreast([OLD, NEW], width)]
    assert max(map(len, lines)) <= width
    check(GOLDEN, f"abreast_{name}.txt", "\n".join(lines) + "\n")


def test_what_is_shared_stands_on_one_line() -> None:
    shared = [line[0].label for line in aligned([OLD, NEW]) if line[0] is not None and line[1] is not None]
    assert shared == ["DoSnapshotSet", "BackupComplete"]


LABELS = st.lists(st.sampled_from(["Freeze", "Thaw", "Copy", "Abort"]), max_size=8)


@given(st.lists(LABELS, min_size=1, max_size=4))
def test_each_chart_keeps_all_its_rows_in_their_order(labels: list[list[str]]) -> None:
    charts = [chart(str(i), *map(message, one)) for i, one in enumerate(labels)]
    table = aligned(charts)
    assert all(len(line) == len(charts) for line in table)
    for place, one in enumerate(charts):
        assert [line[place] for line in table if line[place] is not None] == list(one.rows)
    for line in table:
        assert len({row.label for row in line if row is not None}) == 1
