"""An entry of a cache: every change of a bit is seen, and so is an entry in another's place."""

from __future__ import annotations

import pytest

from hvcheck.cache.entry import key_of, sealed, unsealed
from hvcheck.cache.folder import DamagedError

KEY = key_of(b"a key")
FILE = sealed(KEY, b"content of an entry")


def test_content_comes_back() -> None:
    assert unsealed(KEY, FILE) == b"content of an entry"
    assert unsealed(KEY, sealed(KEY, b"")) == b""


def test_every_bit_counts() -> None:
    for at in range(8 * len(FILE)):
        damaged = bytearray(FILE)
        damaged[at // 8] ^= 1 << at % 8
        with pytest.raises(DamagedError):
            unsealed(KEY, bytes(damaged))


def test_a_part_is_none() -> None:
    for length in range(len(FILE)):
        with pytest.raises(DamagedError):
            unsealed(KEY, FILE[:length])


@pytest.mark.parametrize("file", [FILE + b"x", FILE + FILE, bytes(len(FILE)), b"", b"\n" * 500])
def test_other_bytes_are_none(file: bytes) -> None:
    with pytest.raises(DamagedError):
        unsealed(KEY, file)


def test_an_entry_in_anothers_place_is_none() -> None:
    with pytest.raises(DamagedError):
        unsealed(key_of(b"another key"), FILE)


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert len({key_of(b"ab", b"c"), key_of(b"a", b"bc"), key_of(b"abc"), key_of(b"abc", b"")}) == 4
