"""VHD 1.0 is read as qemu and libvhdi read it, and what is broken is refused."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.refusal import Refused
from hvmodel.stores.vhd.chain import open_vhd

from .judges import QEMU, libvhdi_read, needs_qemu

SECTOR, MIB = 512, 1 << 20
BLOCK = 2 * MIB
HEADER, TABLE, FIRST = 512, 1536, 4096


def summed(data: bytearray, at: int) -> bytearray:
    struct.pack_into(">I", data, at, 0)
    struct.pack_into(">I", data, at, ~sum(data) & 0xFFFFFFFF)
    return data


def footer(kind: int, size: int, identity: UUID) -> bytearray:
    data = bytearray(SECTOR)
    struct.pack_into(">8sIIQ", data, 0, b"conectix", 2, 0x10000, (1 << 64) - 1 if kind == 2 else HEADER)
    struct.pack_into(">QQHBBI", data, 40, size, size, size // SECTOR // 16 // 4, 4, 16, kind)
    data[68:84] = identity.bytes
    return summed(data, 64)


def sparse(size: int, identity: UUID, sectors: dict[int, bytes], parent: tuple[UUID, str] | None = None) -> bytearray:
    """A dynamic file, or a differencing one over `parent` (id, name), that holds `sectors`."""
    blocks = sorted({sector * SECTOR // BLOCK for sector in sectors})
    count = -(-size // BLOCK)
    head = bytearray(1024)
    struct.pack_into(">8sQQIII", head, 0, b"cxsparse", (1 << 64) - 1, TABLE, 0x10000, count, BLOCK)
    if parent is not None:
        head[40:56] = parent[0].bytes
        name = parent[1].encode("utf-16-be")
        head[64 : 64 + len(name)] = name
    table = [0xFFFFFFFF] * count
    body = bytearray()
    for block in blocks:
        table[block] = (FIRST + len(body)) // SECTOR
        bitmap, data = bytearray(SECTOR), bytearray(BLOCK)
        for sector, content in sectors.items():
            if sector * SECTOR // BLOCK == block:
                inside = sector % (BLOCK // SECTOR)
                bitmap[inside // 8] |= 0x80 >> inside % 8
                data[inside * SECTOR : (inside + 1) * SECTOR] = content
        body += bitmap + data
    end = footer(4 if parent else 3, size, identity)
    start = end + summed(head, 36) + struct.pack(f">{count}I", *table)
    return bytearray(start.ljust(FIRST, b"\xff") + body + end)


def content(folder: Path, name: str) -> bytes:
    chain = open_vhd(SystemFolder(folder), name)
    try:
        return chain.read(0, chain.size)
    finally:
        chain.close()


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, bytes]:
    """`child.vhd` over `base.vhd`, and the content of the child."""
    size, base, child = 3 * BLOCK, uuid4(), uuid4()
    one = {0: b"a" * SECTOR, 5: b"b" * SECTOR, 4096 * 2 + 7: b"c" * SECTOR}
    two = {5: b"d" * SECTOR, 6: b"e" * SECTOR, 4096 + 1: b"f" * SECTOR}
    (tmp_path / "base.vhd").write_bytes(sparse(size, base, one))
    (tmp_path / "child.vhd").write_bytes(sparse(size, child, two, (base, "base.vhd")))
    expected = bytearray(size)
    for sector, data in [*one.items(), *two.items()]:
        expected[sector * SECTOR : (sector + 1) * SECTOR] = data
    return tmp_path, bytes(expected)


def test_a_chain(pair: tuple[Path, bytes]) -> None:
    folder, expected = pair
    assert content(folder, "child.vhd") == expected
    chain = open_vhd(SystemFolder(folder), "child.vhd")
    assert chain.read(5 * SECTOR - 3, 600) == expected[5 * SECTOR - 3 : 5 * SECTOR + 597]
    assert libvhdi_read([folder / "child.vhd", folder / "base.vhd"]) == expected


def test_the_copy_of_the_footer_saves_the_file(pair: tuple[Path, bytes]) -> None:
    folder, expected = pair
    data = bytearray((folder / "child.vhd").read_bytes())
    data[-SECTOR:] = bytes(SECTOR)
    (folder / "child.vhd").write_bytes(data)
    assert content(folder, "child.vhd") == expected


@needs_qemu
@pytest.mark.parametrize("subformat", ["dynamic", "fixed"])
def test_files_of_qemu(subformat: str, tmp_path: Path) -> None:
    assert QEMU
    path, raw = tmp_path / "made.vhd", tmp_path / "raw"
    options = f"subformat={subformat},force_size=on"
    subprocess.run([QEMU, "create", "-f", "vpc", "-o", options, str(path), "20M"], check=True, capture_output=True)
    writes = ["write -P 1 0 4k", "write -P 2 1M 3M", "write -P 3 19M 512"]
    arguments = [part for one in writes for part in ("-c", one)]
    subprocess.run(["qemu-io", "-f", "vpc", *arguments, str(path)], check=True, capture_output=True)
    subprocess.run([QEMU, "convert", "-f", "vpc", "-O", "raw", str(path), str(raw)], check=True)
    assert content(tmp_path, "made.vhd") == raw.read_bytes()


def _both_footers(form: str, at: int, value: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        for start in (0, len(data) - SECTOR):
            part = data[start : start + SECTOR]
            struct.pack_into(">" + form, part, at, value)
            data[start : start + SECTOR] = summed(part, 64)

    return change


def _header(form: str, at: int, value: object) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        part = data[HEADER : HEADER + 1024]
        struct.pack_into(">" + form, part, at, value)
        data[HEADER : HEADER + 1024] = summed(part, 36)

    return change


def _entry(index: int, value: int) -> Callable[[bytearray], None]:
    return lambda data: struct.pack_into(">I", data, TABLE + 4 * index, value)


def _wreck(data: bytearray) -> None:
    data[100] ^= 1
    data[-SECTOR + 100] ^= 1


NAME = "x".encode("utf-16-be")
BROKEN: dict[str, tuple[str, Callable[[bytearray], None]]] = {
    "both footers": ("vhd-footer", _wreck),
    "version": ("vhd-version", _both_footers("I", 12, 0x20000)),
    "type": ("vhd-type", _both_footers("I", 60, 5)),
    "size 0": ("vhd-size", _both_footers("Q", 48, 0)),
    "size odd": ("vhd-size", _both_footers("Q", 48, 1000)),
    "size huge": ("vhd-size", _both_footers("Q", 48, 1 << 60)),
    "header far": ("vhd-header", _both_footers("Q", 16, 1 << 40)),
    "header damaged": ("vhd-header", lambda data: struct.pack_into(">I", data, HEADER + 900, 1)),
    "block size 0": ("vhd-block-size", _header("I", 32, 0)),
    "block size 3": ("vhd-block-size", _header("I", 32, 3 * MIB)),
    "table small": ("vhd-table", _header("I", 28, 2)),
    "table far": ("vhd-table", _header("Q", 16, 1 << 40)),
    "block far": ("vhd-block-place", _entry(0, 1 << 30)),
    "block in header": ("vhd-block-place", _entry(0, 1)),
    "block on table": ("vhd-block-place", _entry(0, TABLE // SECTOR)),
    "shared": ("vhd-block-shared", _entry(0, FIRST // SECTOR + 1)),
    "name absent": ("vhd-parent-name", _header("512s", 64, bytes(512))),
    "name dots": ("vhd-parent-name", _header("512s", 64, "..".encode("utf-16-be"))),
    "name surrogate": ("vhd-parent-name", _header("512s", 64, b"\xd8\x00" * 2)),
    "parent absent": ("vhd-parent-missing", _header("512s", 64, NAME)),
    "parent itself": ("vhd-parent-cycle", _header("512s", 64, "child.vhd".encode("utf-16-be"))),
    "parent's id": ("vhd-parent-id", _header("16s", 40, bytes(16))),
}


@pytest.mark.parametrize(("code", "change"), BROKEN.values(), ids=BROKEN.keys())
def test_refused(code: str, change: Callable[[bytearray], None], pair: tuple[Path, bytes]) -> None:
    folder, _ = pair
    data = bytearray((folder / "child.vhd").read_bytes())
    change(data)
    (folder / "child.vhd").write_bytes(data)
    with pytest.raises(Refused) as caught:
        open_vhd(SystemFolder(folder), "child.vhd")
    assert caught.value.code == code, caught.value
