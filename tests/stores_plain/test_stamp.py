"""Stamps come back as they were written, and nothing else passes for one."""

from __future__ import annotations

import random

import pytest

from hvmodel.stores.stamp import SMALLEST_BLOCK, Foreign, Stamp, Torn, Zeros, decode, encode

STAMP = Stamp(3, "disk[vm3, disk1]", 2**40, 7)


@pytest.mark.parametrize("size", [SMALLEST_BLOCK, 512, 4096])
def test_a_stamp_comes_back(size: int) -> None:
    data = encode(STAMP, size)
    assert len(data) == size
    assert decode(data) == STAMP


def test_every_changed_byte_is_noticed() -> None:
    data = encode(STAMP, 128)
    for position in range(len(data)):
        broken = bytearray(data)
        broken[position] ^= 1
        assert not isinstance(decode(bytes(broken)), Stamp), position


def test_what_is_not_a_stamp_is_reported_as_what_it_is() -> None:
    source = random.Random(1)
    new, old = encode(STAMP, 512), encode(Stamp(3, STAMP.disk, 2**40, 8), 512)
    assert decode(bytes(512)) == Zeros()
    assert decode(new[:256] + old[256:]) == Torn(STAMP, 256)
    assert decode(new[:256] + bytes(256)) == Torn(STAMP, 256)
    assert decode(new[:10]) == Foreign(new[:10], "not a stamped block")
    noise = source.randbytes(512)
    assert decode(noise) == Foreign(noise[:16], "not a stamped block")
    assert decode(b"") == Zeros()
    for found in (decode(bytes(512)), decode(noise), decode(new), decode(new[:256] + old[256:])):
        assert str(found)


def test_neighbours_differ_in_every_sector() -> None:
    one, two = encode(Stamp(0, "d", 0, 0), 4096), encode(Stamp(0, "d", 0, 1), 4096)
    assert all(one[i : i + 512] != two[i : i + 512] for i in range(0, 4096, 512))


@pytest.mark.parametrize(("disk", "size"), [("d" * 33, 512), ("d", SMALLEST_BLOCK - 1)])
def test_what_does_not_fit_is_refused(disk: str, size: int) -> None:
    with pytest.raises(ValueError, match="no stamp"):
        encode(Stamp(0, disk, 0, 0), size)
