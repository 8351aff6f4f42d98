"""A VHD Set keeps a stable name and no user data; it is moved, opened, checkpointed and merged."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.refusal import Refused
from hvmodel.stores.vhdset.vhdset import UnknownSnapshotError, VhdSet, create_set
from hvmodel.stores.vhdx.create import Design
from hvmodel.stores.vhdx.writer import Writer

from .crash import Disk, Recorder, count_crashes

MIB = 1 << 20


def put(disk: VhdSet, offset: int, data: bytes) -> None:
    chain = disk.open(True)
    writer = Writer(chain.images[0])
    writer.write(offset, data)
    writer.close()
    chain.close()


def content(disk: VhdSet) -> bytes:
    chain = disk.open()
    try:
        return chain.read(0, chain.size)
    finally:
        chain.close()


def test_life_of_a_set(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    disk = create_set(SystemFolder(first), "shared.vhds", Design(4 * MIB, MIB))
    put(disk, 0, b"one!" * 1024)
    one = disk.checkpoint()
    put(disk, 4096, b"two!" * 1024)
    two = disk.checkpoint()
    put(disk, 0, b"new!" * 1024)
    pointer = first / "shared.vhds"
    assert pointer.stat().st_size < 260 << 10
    assert not any(mark in pointer.read_bytes() for mark in (b"one!", b"two!", b"new!"))
    now = content(disk)
    assert now[:4] == b"new!"
    assert now[4096:4100] == b"two!"

    first.rename(second)  # the files move together; the name stays
    disk = VhdSet(SystemFolder(second), "shared.vhds")
    assert content(disk) == now
    assert disk.open_snapshot(one).read(0, 8192) == b"one!" * 1024 + bytes(4096)
    disk.delete_snapshot(one)
    assert disk.snapshots == (two,)
    assert content(disk) == now
    assert disk.open_snapshot(two).read(0, 8192) == b"one!" * 1024 + b"two!" * 1024
    disk.delete_snapshot(two)
    assert content(VhdSet(SystemFolder(second), "shared.vhds")) == now
    assert len(list(second.iterdir())) == 2, "the pointer file and one file behind it"
    with pytest.raises(UnknownSnapshotError):
        disk.delete_snapshot(two)


@pytest.mark.parametrize("operation", ["checkpoint", "merge"])
def test_every_crash(operation: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Recorder()
    disk = create_set(folder, "s", Design(2 * MIB, MIB))
    put(disk, 0, b"1" * 4096)
    snapshot = disk.checkpoint()
    put(disk, 8192, b"2" * 4096)
    before = content(disk)
    again = Recorder(folder.disk)
    disk = VhdSet(again, "s")
    if operation == "checkpoint":
        disk.checkpoint()
    else:
        disk.delete_snapshot(snapshot)

    def check(image: Disk, _: list[object]) -> None:
        assert content(VhdSet(Recorder(image), "s")) == before

    number = count_crashes(again, check)
    with capsys.disabled():
        print(f"\nVHD Set {operation}: {number} crash points")
    assert number > 50


def test_a_damaged_pointer_is_refused(tmp_path: Path) -> None:
    create_set(SystemFolder(tmp_path), "s.vhds", Design(2 * MIB, MIB))
    data = (tmp_path / "s.vhds").read_bytes()
    for at in range(0, len(data), 7):
        (tmp_path / "s.vhds").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(Refused):
            VhdSet(SystemFolder(tmp_path), "s.vhds")
