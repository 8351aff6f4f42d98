"""The class `tracked` on files, and what is changed under a file that stands on it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from hvmodel.stores.classes import CLASSES
from hvmodel.stores.driver import DriverFactory, StoreError
from hvmodel.stores.plain import PlainDisk
from hvmodel.stores.stamp import Stamp, decode
from hvmodel.stores.storage_class import Files, assign
from hvmodel.stores.tracker.pair import Tracking
from hvmodel.stores.vhdx.disk import VhdxDisk

TRACKED, FORKED = CLASSES["tracked"], CLASSES["forked"]
DRIVERS: list[DriverFactory] = [PlainDisk, partial(VhdxDisk, durable=False)]
SIZE = 512


def files(folder: Path, driver: DriverFactory, name: str = "disk", **settings: bool) -> Files:
    side = Tracking(folder / f"{name}-tracking", 3, SIZE)
    made = Files(driver(folder / name, SIZE), 3, 0, name, settings, side)
    TRACKED.start(made)
    return made


def do(disk: Files, operation: str, *arguments: int) -> None:
    TRACKED.operations[operation](disk, arguments)
    disk.driver.flush()


def told(disk: Files) -> tuple[set[int], set[int], bool, set[int]]:
    """Memory, .rct, whether .mrt marks anything, and the frozen bits."""
    side = disk.tracking
    return set(side.memory), set(side.written_back), side.doubtful, set(side.frozen)


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_backup_from_checkpoint_to_reference_point(driver: DriverFactory, tmp_path: Path) -> None:
    disk = files(tmp_path, driver)
    do(disk, "write", 0, 1)
    assert told(disk) == ({0}, set(), True, set())
    do(disk, "write_back")
    assert told(disk) == ({0}, {0}, False, set())
    do(disk, "write", 1, 1)
    do(disk, "checkpoint")
    assert told(disk) == (set(), set(), False, {0, 1})
    assert disk.driver.roles() == {"base": None, "child": "base"}
    do(disk, "write", 2, 1)
    do(disk, "mend", 1, 2)
    assert disk.driver.roles() == {"base": None, "child": "base", "recovery": "base"}
    assert disk.driver.blocks("recovery") == {1}
    do(disk, "convert")
    assert told(disk) == ({1, 2}, {1}, True, set())  # what was mended is written back at once, and nothing else
    do(disk, "merge")
    assert told(disk) == ({1, 2}, {1}, True, set())
    assert disk.driver.roles() == {"base": None}
    do(disk, "forget")
    assert told(disk) == (set(), set(), False, set())
    assert not any(disk.driver.read("base", 2))


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_failed_backup_gives_its_bits_back(driver: DriverFactory, tmp_path: Path) -> None:
    disk = files(tmp_path, driver)
    do(disk, "write", 0, 1)
    do(disk, "checkpoint")
    do(disk, "write", 1, 1)
    do(disk, "reclaim")
    assert told(disk) == ({0, 1}, {0}, True, set())
    do(disk, "checkpoint") if "child" not in disk.driver.roles() else do(disk, "merge")
    do(disk, "checkpoint")
    do(disk, "clear")
    assert told(disk)[3] == set()


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_crash_leaves_what_the_files_say(driver: DriverFactory, tmp_path: Path) -> None:
    disk = files(tmp_path, driver)
    do(disk, "write", 0, 1)
    do(disk, "write_back")
    do(disk, "crash")
    assert told(disk) == ({0}, {0}, False, set())
    do(disk, "write", 1, 1)
    do(disk, "crash")
    assert told(disk) == ({0, 1, 2}, {0}, True, set())  # in doubt: everything; the files are as they were
    do(disk, "crash")
    assert told(disk) == ({0, 1, 2}, {0}, True, set())
    do(disk, "write_back")
    do(disk, "checkpoint")
    do(disk, "crash")
    assert told(disk) == (set(), set(), False, {0, 1, 2})
    content = decode(disk.driver.read("child", 1))
    assert isinstance(content, Stamp)
    assert content.value == 1


def test_the_faults_of_the_spec_are_faults_of_the_files(tmp_path: Path) -> None:
    late = files(tmp_path, PlainDisk, "late", mrt_after_data=True)
    do(late, "write", 0, 1)
    assert told(late) == ({0}, set(), False, set())
    do(late, "crash")
    assert told(late)[0] == set()
    do(late, "write", 1, 1)
    do(late, "mark")
    do(late, "crash")
    assert told(late)[0] == {0, 1, 2}
    forgets = files(tmp_path, PlainDisk, "forgets", crash_forgets_frozen_bitmap=True)
    do(forgets, "write", 0, 1)
    do(forgets, "checkpoint")
    do(forgets, "crash")
    assert told(forgets)[3] == set()
    loses = files(tmp_path, PlainDisk, "loses", merge_loses_bits=True)
    do(loses, "checkpoint")
    do(loses, "write", 0, 1)
    do(loses, "merge")
    assert told(loses) == (set(), set(), False, set())
    unseen = files(tmp_path, PlainDisk, "unseen")
    do(unseen, "write_unseen", 0, 1)
    assert told(unseen) == (set(), set(), False, set())
    assert any(unseen.driver.read("base", 0))


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_copy_has_the_tracking_too(driver: DriverFactory, tmp_path: Path) -> None:
    disk, other = files(tmp_path, driver), files(tmp_path, driver, "other")
    do(disk, "write", 0, 1)
    do(disk, "write_back")
    do(disk, "checkpoint")
    do(disk, "write", 1, 1)
    assign(other, disk)
    assert told(other) == told(disk) == ({1}, set(), True, {0})
    do(disk, "write_back")
    do(other, "crash")
    assert told(other) == ({0, 1, 2}, set(), True, {0})
    assert told(disk) == ({1}, {1}, False, {0})


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_base_changes_under_a_recovery_file_that_was_left(driver: DriverFactory, tmp_path: Path) -> None:
    disk = Files(driver(tmp_path / "disk", SIZE), 3, 0, "disk")

    def forked(operation: str, *arguments: int) -> None:
        FORKED.operations[operation](disk, arguments)
        disk.driver.flush()

    FORKED.start(disk)
    forked("fork")
    forked("mend", 1, 2)
    with pytest.raises(StoreError, match="recovery stand"):
        disk.put("base", 0, 1)  # as the store has it: a parent takes no writes
    forked("write", 0, 1)
    assert disk.driver.blocks("recovery") == {1}
    assert disk.driver.read("recovery", 0) == disk.driver.read("base", 0)
    disk.driver.reopen()  # the link is good
    forked("switch")
    forked("write", 2, 1)
    forked("merge")
    disk.driver.reopen()
    assert disk.driver.roles() == {"base": None, "recovery": "base"}
    assert disk.driver.blocks("recovery") == {1}
    assert any(disk.driver.read("base", 2))
    forked("switch")
    forked("write", 1, 3)
    forked("merge_recovery")
    disk.driver.reopen()
    found = [decode(disk.driver.read(role, 1)) for role in ("base", "child", "recovery")]
    assert [one.value for one in found if isinstance(one, Stamp)] == [2, 3, 2]


def test_the_table_has_the_class_of_the_language() -> None:
    from hvspec.compile import compile_system
    from hvspec.load import load

    spec, _ = load("ws2016")
    assert spec is not None
    system, _, _ = compile_system(spec, scenario="mrt_after_data")
    assert system is not None
    (disk, _) = system.disks
    assert {field for field, _ in disk.fields} == set(TRACKED.fields) | TRACKED.unseen
    assert dict(disk.settings)["mrt_after_data"] is True
    assert dict(disk.settings)["merge_loses_bits"] is False
    called = {call.operation for action in system.actions for call in action.calls} - {"copy"}
    assert called <= set(TRACKED.operations)
