"""Files that qemu made read as qemu reads them, a log it left behind included."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.writer import Writer

from .judges import QEMU, needs_qemu, qemu_check, qemu_same

MIB = 1 << 20
WRITES = ("write -P 1 0 64k", "write -P 2 1M 3M", "write -P 3 9M 512", "write -z 2M 1M", "write -P 4 33M 1M")
pytestmark = needs_qemu


def io(path: Path, *commands: str, check: bool = True) -> None:
    arguments = [part for command in commands for part in ("-c", command)]
    subprocess.run(["qemu-io", "-f", "vhdx", *arguments, str(path)], check=check, capture_output=True)


def made(folder: Path, options: str) -> Path:
    assert QEMU
    path = folder / "made.vhdx"
    subprocess.run([QEMU, "create", "-f", "vhdx", "-o", options, str(path), "48M"], check=True, capture_output=True)
    return path


def ours(path: Path, raw: Path, writable: bool = False) -> bool:
    chain = open_chain(SystemFolder(path.parent), path.name, writable)
    raw.write_bytes(chain.read(0, chain.size))
    chain.close()
    return chain.images[0].replayed


@pytest.mark.parametrize("options", ["subformat=dynamic", "subformat=fixed", "subformat=dynamic,block_size=1M"])
def test_read(options: str, tmp_path: Path) -> None:
    path = made(tmp_path, options)
    io(path, *WRITES)
    assert not ours(path, tmp_path / "ours.raw")
    assert qemu_same(path, "vhdx", tmp_path / "ours.raw")


def test_our_log_is_replayed_by_qemu(tmp_path: Path) -> None:
    """Cut off after the log was written and before the table was: in memory, in the file, and by qemu, all the same."""
    folder = SystemFolder(tmp_path)
    create_file(folder, "made.vhdx", Design(48 * MIB, MIB))
    path = tmp_path / "made.vhdx"
    chain = open_chain(folder, "made.vhdx", True)
    writer = Writer(chain.images[0])
    for number in range(40):
        writer.write(number * MIB + 4096 * number, bytes([number + 1]) * 8192)
        if number % 8 == 7:
            writer.flush()
    chain.close()
    with path.open("r+b") as file:
        file.seek(3 * MIB)
        file.write(bytes(4096))
    before = hashlib.sha256(path.read_bytes()).digest()
    assert ours(path, tmp_path / "memory.raw"), "the log is there"
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert (tmp_path / "memory.raw").read_bytes()[39 * MIB + 4096 * 39] == 40
    theirs = tmp_path / "theirs.vhdx"
    theirs.write_bytes(path.read_bytes())
    subprocess.run(["qemu-img", "check", "-r", "all", str(theirs)], check=True, capture_output=True)
    assert qemu_same(theirs, "vhdx", tmp_path / "memory.raw")
    ours(path, tmp_path / "file.raw", writable=True)
    assert (tmp_path / "file.raw").read_bytes() == (tmp_path / "memory.raw").read_bytes()
    assert qemu_check(path)
    assert qemu_same(path, "vhdx", tmp_path / "file.raw")


def test_qemu_writes_on_in_a_file_of_ours(tmp_path: Path) -> None:
    create_file(SystemFolder(tmp_path), "made.vhdx", Design(48 * MIB, MIB))
    path = tmp_path / "made.vhdx"
    io(path, *WRITES)
    assert not ours(path, tmp_path / "ours.raw")
    assert qemu_same(path, "vhdx", tmp_path / "ours.raw")
    assert (tmp_path / "ours.raw").read_bytes()[:1] == b"\1"
