"""Model and files side by side: they agree when the store is right, and each way to differ is told as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hvmodel.concrete import Concrete, ConformanceError, Difference, UnsupportedError, unsupported
from hvmodel.expression import Literal
from hvmodel.semantics import Step, apply
from hvmodel.state import Layout
from hvmodel.stores.classes import CLASSES
from hvmodel.stores.driver import StoreError, StoreFault
from hvmodel.stores.plain import PlainDisk
from hvmodel.stores.stamp import Stamp, encode
from hvmodel.system import StorageCall, System
from stateful.sample import DISK, SCOPE, D, backup

LAYOUT = Layout(backup(), SCOPE)
WRITE = Step("Write", (0, 1, 1))
RUN = (
    WRITE, Step("Prepare", ()), Step("Shadow", ()), Step("Mend", (1, 0, 1)), Step("Write", (0, 0, 1)), Step("Copy", ()),
    Step("Write", (0, 1, 0)), Step("Revert", (0,)), Step("Drop", ()), Step("Forget", ()),
)  # fmt: skip


class Opened:
    """A driver factory that remembers the disks it opened: disk[disk0], disk[disk1], taken[disk0], taken[disk1]."""

    def __init__(self) -> None:
        self.disks: list[PlainDisk] = []

    def __call__(self, folder: Path, block_size: int) -> PlainDisk:
        self.disks.append(PlainDisk(folder, block_size))
        return self.disks[-1]


def differences(do: Callable[[], object]) -> tuple[Difference, ...]:
    with pytest.raises(ConformanceError) as caught:
        do()
    assert str(caught.value)
    return caught.value.differences


def test_a_right_store_agrees_after_every_step(tmp_path: Path) -> None:
    opened = Opened()
    concrete = Concrete(LAYOUT, tmp_path, opened)
    state = LAYOUT.initial
    for step in RUN:
        state = apply(LAYOUT, state, step)
        assert concrete.take(step) == state
        concrete.disturb("crash")
        concrete.disturb("reopen")
        assert concrete.state == state
        if step.action == "Copy":
            assert dict(opened.disks[2].roles()) == {"diff": None, "now": None}
    assert [sorted(disk.roles()) for disk in opened.disks] == [["now"]] * 4
    concrete.close()
    assert min(path.name for path in tmp_path.iterdir()) == "0-disk-disk0"


def tampered(tmp_path: Path, block: int, data: bytes) -> Difference:
    opened = Opened()
    concrete = Concrete(LAYOUT, tmp_path, opened)
    concrete.take(WRITE)
    opened.disks[0].write("now", block, data)
    (difference,) = differences(lambda: concrete.check(None))
    concrete.close()
    return difference


NAME = "disk[disk0]"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (encode(Stamp(0, NAME, 1, 0), 512), "zero0"),
        (bytes(512), "zero0"),
        (b"MBR" * 170 + b"..", "not a stamped block"),
        (encode(Stamp(0, NAME, 1, 1), 512)[:500] + bytes(12), "torn"),
        (encode(Stamp(0, NAME, 0, 1), 512), "block 0"),
        (encode(Stamp(1, "disk[disk1]", 1, 1), 512), "machine 1"),
        (encode(Stamp(0, NAME, 1, 9), 512), "value 9"),
    ],
)
def test_what_a_block_holds_instead_is_told(tmp_path: Path, data: bytes, found: str) -> None:
    difference = tampered(tmp_path, 1, data)
    assert (difference.disk, difference.field, difference.role, difference.block) == (NAME, "now", "now", 1)
    assert difference.expected == "data1"
    assert found.replace("zero0", "data0") in difference.found
    assert NAME in str(difference)


def test_a_write_to_another_block_is_told(tmp_path: Path) -> None:
    assert tampered(tmp_path, 0, encode(Stamp(0, NAME, 0, 1), 512)).expected == "data0"


def test_stamps_may_travel_only_by_copies(tmp_path: Path) -> None:
    opened = Opened()
    concrete = Concrete(LAYOUT, tmp_path, opened)
    for step in RUN[:6]:
        concrete.take(step)
    for disk in opened.disks[:2]:
        assert disk.size("now") == 2
    opened.disks[2].copy(opened.disks[0], "now", "now")  # what the model's copy has done already
    concrete.check(None)
    opened.disks[2].write("now", 1, encode(Stamp(1, "disk[disk1]", 1, 1), 512))
    assert "machine 1" in differences(lambda: concrete.check(None))[0].found
    concrete.close()


def test_a_missing_file_and_a_left_one_are_told_by_their_flag(tmp_path: Path) -> None:
    opened = Opened()
    concrete = Concrete(LAYOUT, tmp_path, opened)
    opened.disks[0].copy(opened.disks[0], "now", "diff")
    found = differences(lambda: concrete.check(None))
    assert [(d.field, d.block, d.expected, d.found) for d in found] == [
        ("diff", 0, "none", "data0"), ("diff", 1, "none", "data0"), ("snap", None, "false", "true"),
    ]  # fmt: skip
    opened.disks[0].delete("diff")
    opened.disks[0].delete("now")
    assert {d.fault.kind for d in differences(lambda: concrete.check(None)) if d.fault} == {"no role"}
    concrete.close()


def test_what_a_store_refuses_is_a_difference(tmp_path: Path) -> None:
    class Full(PlainDisk):
        def write(self, role: str, block: int, data: bytes) -> None:  # noqa: ARG002
            raise StoreError(StoreFault("io", "no space left", role, block))

    class Lost(PlainDisk):
        def reopen(self) -> None:
            raise StoreError(StoreFault("link", "its parent is gone", "now"))

    class Unmade(PlainDisk):
        def create(self, role: str, block_count: int) -> None:  # noqa: ARG002
            raise StoreError(StoreFault("io", "read-only", role))

    concrete = Concrete(LAYOUT, tmp_path / "a", _in(tmp_path / "a", Full))
    (full,) = differences(lambda: concrete.take(WRITE))
    assert (full.disk, full.field, full.block, full.fault) == (
        NAME,
        "write",
        1,
        StoreFault("io", "no space left", "now", 1),
    )
    concrete = Concrete(LAYOUT, tmp_path / "b", _in(tmp_path / "b", Lost))
    (lost,) = differences(lambda: concrete.disturb("reopen"))
    assert (lost.field, lost.fault and lost.fault.kind) == ("reopen", "link")
    (unmade,) = differences(lambda: Concrete(LAYOUT, tmp_path / "c", _in(tmp_path / "c", Unmade)))
    assert unmade.field == "start"


def _in(folder: Path, store: type[PlainDisk]) -> type[PlainDisk]:
    folder.mkdir()
    return store


def _with(**changes: object) -> System:
    return replace(backup(), **changes)  # type: ignore[arg-type]


def test_what_cannot_run_on_files_is_said_before(tmp_path: Path) -> None:
    disk, taken = backup().disks
    write = backup().action["Write"]

    def calling(*calls: StorageCall) -> System:
        return _with(actions=(replace(write, calls=calls),))

    assert unsupported(backup()) == ()
    assert unsupported(_with(disks=(replace(disk, driver="vhdx"), taken)))[0].endswith(
        "driver 'vhdx'; there are: flat, forked, tracked"
    )
    assert unsupported(_with(disks=(replace(disk, block=None), taken)))[0].endswith("no sort of blocks")
    assert "no field 'link'" in unsupported(_with(disks=(replace(disk, fields=(("link", "pc"),)), taken)))[0]
    assert "no operation 'trim'" in unsupported(calling(StorageCall("trim", "disk", (D,))))[0]
    assert "not a disk" in unsupported(calling(StorageCall("write", "tape", (D,))))[0]
    with pytest.raises(UnsupportedError):
        Concrete(LAYOUT, tmp_path, PlainDisk, block_size=32)


def test_disks_that_swap_in_one_step_are_refused(tmp_path: Path) -> None:
    other = Literal(0, DISK)
    swap = StorageCall("copy", "disk", (D,), source=("disk", (other,)), binders=(D,))
    layout = Layout(_with(actions=(replace(backup().action["Prepare"], calls=(swap,)),)), SCOPE)
    concrete = Concrete(layout, tmp_path, PlainDisk)
    with pytest.raises(UnsupportedError, match="indivisible"):
        concrete.take(Step("Prepare", ()))
    concrete.close()


def test_the_table_has_the_class_of_the_language() -> None:
    assert set(CLASSES["flat"].operations) == {"write", "shadow", "mend", "revert", "drop", "forget"}
    assert set(CLASSES["flat"].fields) == {"now", "diff", "snap"}
