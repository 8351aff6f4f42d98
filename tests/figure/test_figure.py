"""Static figures: read off the text, and recognisable to whoever knows the protocol."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from chart.golden import check
from hvcheck.chart.mermaid import to_mermaid
from hvcheck.chart.text import draw
from hvcheck.cli.show import figure_of
from hvspec.figure import Figure, figure
from hvspec.labels import blocks
from hvspec.labels import steps as all_steps
from hvspec.load import load
from hvspec.spec import Spec

HERE = Path(__file__).parent


def loaded(name: str) -> Spec:
    spec, diagnostics = load(name)
    assert spec is not None, diagnostics
    return spec


@pytest.fixture(scope="module")
def small() -> Spec:
    return loaded(str(HERE / "small.hvs"))


def labels(drawn: Figure) -> list[str]:
    return [row.label for row in drawn.rows]


@pytest.mark.parametrize("full", [False, True])
def test_every_construct_is_drawn(small: Spec, full: bool) -> None:
    chart = figure_of(small, full=full)
    name = "full" if full else "short"
    check(HERE / "golden", f"{name}.txt", "\n".join(map(str, draw(chart, 100))) + "\n")
    check(HERE / "golden", f"{name}.mmd", to_mermaid(chart))


@pytest.mark.parametrize("full", [False, True])
def test_what_nobody_waits_for_is_drawn_apart(full: bool) -> None:
    chart = figure_of(loaded(str(HERE / "more.hvs")), full=full)
    name = "more-full" if full else "more"
    check(HERE / "golden", f"{name}.txt", "\n".join(map(str, draw(chart, 100))) + "\n")
    check(HERE / "golden", f"{name}.mmd", to_mermaid(chart))
    sent = [row for row in chart.rows if row.kind == "asynchronous"]
    assert {row.target for row in sent} == {"Ic[vm]", "Host"}


def test_frames_close_what_they_open(small: Spec) -> None:
    for full in (False, True):
        depth = 0
        for row in figure(small, full=full).rows:
            depth += row.kind == "open"
            assert row.nesting == depth
            depth -= row.kind == "close"
        assert depth == 0


def test_parameters_are_decided_by_their_defaults(tmp_path: Path, small: Spec) -> None:
    assert "Free" not in labels(figure(small, full=True))
    text = (HERE / "small.hvs").read_text("utf-8").replace("eager: bool = false", "eager: bool = true")
    (tmp_path / "eager.hvs").write_text(text)
    assert "Free" in labels(figure(loaded(str(tmp_path / "eager.hvs"))))


def test_what_nobody_handles_is_left_out_unless_everything_is_wanted(small: Spec) -> None:
    assert not any("Thaw" in label for label in labels(figure(small)))
    assert "Thaw" in labels(figure(small, full=True))


def test_actors_stand_at_their_places_with_their_titles(small: Spec) -> None:
    found = {one.key: (one.place, one.title) for one in figure(small).lifelines}
    assert found == {
        "Boss": ("host", "Who asks"),
        "Agent[vm]": ("guest[vm]", ""),
        "App[vm]": ("guest[vm]", "The application"),
    }


TINY = sorted((HERE.parent / "language" / "tiny").glob("*.hvs"))


@pytest.mark.parametrize("path", TINY, ids=[path.stem for path in TINY])
def test_whatever_is_a_spec_can_be_drawn(path: Path) -> None:
    spec = loaded(str(path))
    for full in (False, True):
        chart = figure_of(spec, full=full)
        for width in (50, 120):
            assert "'" not in "".join(row.label for row in chart.rows)
            draw(chart, width)
        assert to_mermaid(chart).startswith("sequenceDiagram")
    told = {row.label.partition("(")[0] for row in figure(spec, full=True).rows if row.kind == "step"}
    undecided = not spec.parameters
    steps = {step.name.text for block in blocks(spec.program) for step in all_steps(block)}
    assert not undecided or steps <= told


def test_ws2012_is_figure_1() -> None:
    """The order the document gives, from the backup application's request to the roll-back of the mounted copies."""
    drawn = figure(loaded("ws2012"))
    arrows = [(row.source, row.label, row.target) for row in drawn.rows if row.kind in ("message", "return", "step")]
    told = [
        ("Requester", "DoSnapshotSet", "HostVss"),  # the Backup App talks to VSS
        ("HostVss", "OnPrepareSnapshot", "HyperVWriter"),  # VSS asks Hyper-V: can you get ready for backup?
        ("HyperVWriter", "Backup", "Ic[vm]"),  # ... which reaches into the guest
        ("Ic[vm]", "DoSnapshotSet", "GuestVss[vm]"),  # ... which talks to VSS inside the guest
        ("GuestVss[vm]", "OnFreeze", "App[vm]"),  # ... which talks to the writers inside the guest
        ("GuestVss[vm]", "CommitSnapshots", "Volsnap[vm]"),  # guest snapshot
        ("Ic[vm]", "done", "HyperVWriter"),  # the guest confirms: I am done
        ("HostVss", "CommitSnapshots", "StorageProvider"),  # the software or hardware snapshot
        ("HyperVWriter", "Mount(vm, d)", ""),  # auto-recovery: mounted into the host
        ("HyperVWriter", "Revert(vm, d)", ""),  # ... and rolled back to the guest's snapshot
        ("Requester", "Copy", ""),
        ("Requester", "BackupComplete", "HostVss"),
    ]
    positions = [arrows.index(one) for one in told]
    assert positions == sorted(positions)
    assert [place for place, _ in groupby(one.place for one in drawn.lifelines)] == ["backup_app", "host", "guest[vm]"]
    below = {change for row in drawn.rows for change in row.below}
    assert {"disk[vm, d].shadow()", "taken[vm, d] := disk[vm, d]", "taken[vm, d].revert()"} <= below
    assert len(drawn.rows) < 80 < len(figure(loaded("ws2012"), full=True).rows)
