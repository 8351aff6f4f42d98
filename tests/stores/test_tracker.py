"""The tracker reports every change, after any crash, and refuses to answer when it cannot know."""

from __future__ import annotations

import random
from uuid import UUID, uuid4

import numpy as np
import pytest

from hvmodel.stores.refusal import Refused
from hvmodel.stores.tracker import tracker as trackers
from hvmodel.stores.tracker.tracker import Tracker, UnknownPointError, resume, start

from .crash import Disk, MemoryFile, Recorder, count_crashes

MIB = 1 << 20
SIZE = 8 * MIB
ONE = UUID(int=1)


def covers(found: list[tuple[int, int]], offset: int, length: int) -> bool:
    return any(start <= offset and offset + length <= start + size for start, size in found)


def test_exactly_what_was_written_is_reported() -> None:
    tracker = start(Recorder(), "disk", SIZE, ONE)  # type: ignore[arg-type]
    tracker.before_write(0, 4096)
    point = tracker.point()
    assert tracker.changes_since(point) == []
    tracker.before_write(8192, 100)
    tracker.before_write(12288, 4096)
    tracker.before_write(SIZE - 512, 512)
    assert tracker.changes_since(point) == [(8192, 8192), (SIZE - 4096, 4096)]
    later = tracker.point()
    assert tracker.changes_since(later) == []
    tracker.forget(point)
    with pytest.raises(UnknownPointError):
        tracker.changes_since(point)


def test_clean_close_keeps_it_exact() -> None:
    folder = Recorder()
    tracker = start(folder, "disk", SIZE, ONE)  # type: ignore[arg-type]
    point = tracker.point()
    tracker.before_write(4096, 4096)
    tracker.close()
    assert resume(folder, "disk", SIZE, ONE).changes_since(point) == [(4096, 4096)]  # type: ignore[arg-type]


def test_a_crash_makes_it_coarse() -> None:
    folder = Recorder()
    tracker = start(folder, "disk", SIZE, ONE)  # type: ignore[arg-type]
    point = tracker.point()
    tracker.before_write(MIB + 4096, 4096)
    tracker.abandon()
    assert resume(folder, "disk", SIZE, ONE).changes_since(point) == [(MIB, MIB)]  # type: ignore[arg-type]


def test_resize_reports_the_new_part() -> None:
    tracker = start(Recorder(), "disk", SIZE, ONE)  # type: ignore[arg-type]
    point = tracker.point()
    tracker.resize(SIZE + 8192)
    assert covers(tracker.changes_since(point), SIZE, 8192)
    tracker.resize(4096)
    assert sum(length for _, length in tracker.changes_since(point)) <= 4096


@pytest.mark.parametrize("what", ["offline edit", "resized elsewhere", "fine lost", "fine damaged", "coarse old"])
def test_what_cannot_be_trusted_is_refused(what: str) -> None:
    folder = Recorder()
    tracker = start(folder, "disk", SIZE, ONE)  # type: ignore[arg-type]
    tracker.point()
    old = folder.disk.copy()
    tracker.point()
    tracker.point()
    tracker.close()
    if what == "fine lost":
        folder.delete("disk.rct")
    if what == "fine damaged":
        folder.open("disk.rct", True).write(60, b"\xff")
    if what == "coarse old":
        folder.disk.files[folder.disk.names["disk.mrt"]] = old.files[old.names["disk.mrt"]]
    identity = uuid4() if what == "offline edit" else ONE
    with pytest.raises((Refused, FileNotFoundError)):
        resume(folder, "disk", SIZE * 2 if what == "resized elsewhere" else SIZE, identity)  # type: ignore[arg-type]


def run(folder: Recorder, order: str = "track first") -> None:
    """A disk written with tracking. Notes say what the disk promises; the disk is the file `data`."""
    tracker = start(folder, "disk", SIZE, ONE)  # type: ignore[arg-type]
    data = folder.open("data", True)
    chance = random.Random(7)
    for number in range(6):
        if number % 3 == 0:
            data.flush()
            content = data.read(0, SIZE)
            folder.note((tracker.point(), content))
        if number == 4:
            tracker.before_identity(UUID(int=2))
        offset = chance.randrange(SIZE // 4096) * 4096
        if order == "track first":
            tracker.before_write(offset, 4096)
        data.write(offset, bytes([number + 1]) * 4096)
        data.flush() if number == 2 else None
        if order == "data first":
            data.flush()
            tracker.before_write(offset, 4096)
        if number == 5:
            data.flush()
            tracker.save()


def made() -> Recorder:
    folder = Recorder()
    folder.create("data").write(0, bytes(SIZE))
    return Recorder(Disk({1: MemoryFile(size=SIZE)}, {"data": 1}))


def resumed(folder: Recorder, identity: UUID) -> Tracker | None:
    """`None` only when the disk's identity is what is not known."""
    try:
        return resume(folder, "disk", SIZE, identity)  # type: ignore[arg-type]
    except Refused as refusal:
        if refusal.code != "identity":
            raise
        return None


def check(image: Disk, notes: list[object]) -> None:
    """Every difference from the content at a point is in the answer for that point."""
    folder = Recorder(image)
    if "disk.mrt" not in image.names:
        return
    content = np.frombuffer(folder.open("data").read(0, SIZE), dtype=np.uint8).reshape(-1, 4096)
    trackers_found = [found for one in (ONE, UUID(int=2)) if (found := resumed(Recorder(image), one)) is not None]
    assert trackers_found, "neither the old nor the new identity is known"
    for tracker in trackers_found:
        for point, then in notes:  # type: ignore[misc]
            before = np.frombuffer(then, dtype=np.uint8).reshape(-1, 4096)
            found = tracker.changes_since(point)
            for granule in np.flatnonzero((before != content).any(axis=1)).tolist():
                assert covers(found, granule * 4096, 4096), f"granule {granule} changed, {found} reported"


def test_every_crash_of_tracked_writes(capsys: pytest.CaptureFixture[str]) -> None:
    folder = made()
    run(folder)
    number = count_crashes(folder, check)
    with capsys.disabled():
        print(f"\ntracker: {number} crash points")
    assert number > 100


def test_tracking_after_the_data_is_found() -> None:
    folder = made()
    run(folder, "data first")
    with pytest.raises(AssertionError, match="changed"):
        count_crashes(folder, check)


def test_marks_that_are_not_flushed_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers.coarses.Coarse, "mark", lambda *_: None)
    folder = made()
    run(folder)
    with pytest.raises(AssertionError, match="changed"):
        count_crashes(folder, check)


def test_a_merge_carries_the_childs_points() -> None:
    folder = Recorder()
    parent: Tracker = start(folder, "parent", SIZE, ONE)  # type: ignore[arg-type]
    old = parent.point()
    child: Tracker = start(folder, "child", SIZE, ONE)  # type: ignore[arg-type]
    child.fine.points.update({key: bits.copy() for key, bits in parent.fine.points.items()})
    child.before_write(0, 4096)
    new = child.point()
    child.before_write(8192, 4096)
    parent.absorb(child.fine, [(0, 4096), (8192, 4096)])
    assert parent.changes_since(old) == [(0, 4096), (8192, 4096)]
    assert parent.changes_since(new) == [(8192, 4096)]
