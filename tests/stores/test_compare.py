"""Comparison and audit against the plain truth; huge disks are compared without being read."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from hvmodel.stores.compare import Range, audit, differences, joined, without
from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.pieces import Chain
from hvmodel.stores.raw import RawImage
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.writer import Writer

MIB, TIB = 1 << 20, 1 << 40


def sectors(ranges: list[Range]) -> set[int]:
    return {at for offset, length in ranges for at in range(offset, offset + length)}


@pytest.mark.parametrize("seed", range(40))
def test_range_arithmetic(seed: int) -> None:
    chance = random.Random(seed)

    def some() -> list[Range]:
        return [(chance.randrange(40), chance.randrange(6)) for _ in range(chance.randrange(8))]

    actual, reported = some(), some()
    found = audit(actual, reported)
    assert sectors(list(found.missing)) == sectors(actual) - sectors(reported)
    assert sectors(list(found.surplus)) == sectors(reported) - sectors(actual)
    assert (found.changed, found.reported) == (len(sectors(actual)), len(sectors(reported)))
    assert joined(joined(actual)) == joined(actual)
    assert list(without(joined(actual), [])) == joined(actual)


@pytest.mark.parametrize("seed", range(10))
def test_differences_of_raw_images(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    one = bytearray(chance.randbytes(4096) * chance.choice([1, 300, 1500]))
    two = bytearray(one[: chance.choice([len(one), len(one) - 700])])
    for _ in range(chance.randrange(5)):
        two[chance.randrange(len(two))] ^= 1
    (tmp_path / "one").write_bytes(one)
    (tmp_path / "two").write_bytes(two)
    folder = SystemFolder(tmp_path)
    found = list(differences(Chain([RawImage(folder.open("one"))]), Chain([RawImage(folder.open("two"))])))
    padded = two.ljust(len(one), b"\0")
    wanted = {at for at in range(0, len(one), 512) if one[at : at + 512] != padded[at : at + 512]}
    assert {at for at in range(0, len(one), 512) if at in sectors(found)} == wanted
    assert len(found) == len(joined(found))


def test_a_huge_disk_is_not_read(tmp_path: Path) -> None:
    folder = SystemFolder(tmp_path)
    create_file(folder, "base.vhdx", Design(64 * TIB))
    base = open_chain(folder, "base.vhdx", True)
    writer = Writer(base.images[0])
    writer.write(40 * TIB, b"x" * 4096)
    writer.close()
    fork(folder, base.images[0], "base.vhdx", "child.avhdx", 32 * MIB)
    child = open_chain(folder, "child.avhdx", True)
    writer = Writer(child.images[0])
    writer.write(50 * TIB + 512, b"y" * 512)
    writer.close()
    start = time.perf_counter()
    assert list(differences(base, child)) == [(50 * TIB + 512, 512)]
    assert time.perf_counter() - start < 20
