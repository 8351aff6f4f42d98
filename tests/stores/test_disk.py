"""The VHDX driver keeps the contract of all drivers, on files that stay sound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hvmodel.stores.driver import Driver, StoreError
from hvmodel.stores.vhdx.disk import VhdxDisk
from hvmodel.stores.vhdx.identifiers import NO_GUID
from hvmodel.stores.vhdx.remetadata import relink
from stores_plain.contract import exercise


class Forgiving(VhdxDisk):
    """The reference lets the other children of a merged parent live on; a VHDX chain does not, so relink them."""

    def merge(self, role: str) -> None:
        super().merge(role)
        for file in self._files.values():
            if file.parent is not None:
                parent = self._files[file.parent]
                relink(file.writer, parent.image.current.header.data_write, NO_GUID)


def run(folder: Path, seeds: range, steps: int) -> None:
    done: Counter[str] = Counter()
    for seed in seeds:
        (folder / str(seed)).mkdir()
        done += exercise(Forgiving, folder / str(seed), seed, steps)
    assert {"write", "fork", "merge", "resize", "copy", "crash", "reopen", "point"} <= done.keys()


def test_random_operations_do_what_the_reference_does(tmp_path: Path) -> None:
    run(tmp_path, range(4), 100)


@pytest.mark.slow
def test_many_random_operations(tmp_path: Path) -> None:
    run(tmp_path, range(100, 200), 100)


@pytest.fixture
def disk(tmp_path: Path) -> Driver:
    return VhdxDisk(tmp_path / "disk", 4096)


def kind_of(call: object, *arguments: object) -> str:
    with pytest.raises(StoreError) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.fault.kind


def test_merging_the_wrong_fork_breaks_the_other(disk: Driver) -> None:
    disk.create("base", 4)
    disk.fork("base", "now")
    disk.fork("base", "recovery")
    disk.write("recovery", 1, b"r" * 4096)
    disk.merge("recovery")
    assert disk.read("now", 1) == b"r" * 4096
    assert kind_of(disk.reopen) == "link"


def test_a_child_owns_exactly_what_was_written(disk: Driver) -> None:
    disk.create("base", 1024)
    disk.fork("base", "child")
    disk.write("child", 3, b"x" * 4096)
    disk.write("child", 700, b"y" * 4096)
    assert disk.blocks("child") == {3, 700}
    disk.flush()
    assert disk.blocks("child") == {3, 700}
    disk.reopen()
    assert disk.blocks("child") == {3, 700}


def test_a_crash_loses_what_was_not_flushed_and_nothing_else(disk: Driver) -> None:
    disk.create("now", 4)
    disk.write("now", 0, b"1" * 4096)
    disk.flush()
    point = disk.point("now")
    disk.write("now", 0, b"2" * 4096)
    disk.write("now", 1, b"3" * 4096)
    disk.crash()
    assert [disk.read("now", block)[:1] for block in range(2)] == [b"1", b"\0"]
    assert disk.changes_since("now", point) >= {0, 1}


def test_foreign_files_are_errors_not_surprises(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    disk = VhdxDisk(folder, 4096)
    disk.create("now", 4)
    disk.close()
    data = bytearray((folder / "now.vhdx").read_bytes())
    data[0] = 0
    (folder / "now.vhdx").write_bytes(data)
    assert kind_of(VhdxDisk, folder, 4096) == "format"
    assert kind_of(VhdxDisk, folder, 100) == "range"
    assert kind_of(disk.read, "now", 0) == "closed"
