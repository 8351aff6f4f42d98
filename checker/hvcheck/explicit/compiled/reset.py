"""The part of `$canonical` that sets back cells whose values do not matter.

Each cell that is asked for has a table: for each of its codes a bit for every reset that does not happen then. The
tables' entries joined give all resets that do not happen, without a branch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import pack, unpack

from ..likeness import Reset
from . import wat
from .packing import Packing
from .scratch import Scratch

BITS = 64
"""Resets of which the bits are in one word."""


@dataclass(frozen=True)
class SetBack:
    """The lines that do it to `$w0`, `$w1`..., and the locals that they use."""

    names: tuple[str, ...]
    lines: tuple[str, ...]


def set_back(packing: Packing, scratch: Scratch, resets: Sequence[Reset]) -> SetBack:
    if not resets:
        return SetBack((), ())
    lanes = -(-len(resets) // BITS)
    kept = tuple(f"$kept{lane}" for lane in range(lanes))
    lines = [
        *_looked_up(packing, scratch, resets, lanes),
        *(line for number, reset in enumerate(resets) for line in _unless_kept(packing, reset, number)),
    ]
    return SetBack((*kept, "$at_code", "$back"), tuple(lines))


def _looked_up(packing: Packing, scratch: Scratch, resets: Sequence[Reset], lanes: int) -> Iterator[str]:
    """Set `$kept0`, `$kept1`... to the resets that do not happen."""
    asked: dict[int, dict[int, list[int]]] = {}
    for number, reset in enumerate(resets):
        for cell, codes in reset.unless:
            for code in codes:
                asked.setdefault(cell, {}).setdefault(code, []).append(number)
    for cell, by_code in asked.items():
        where = packing.fields[cell]
        values = range(1 << where.width)
        rows = [_bits(by_code.get(code, ()), lane) for code in values for lane in range(lanes)]
        address = scratch.table([half for row in rows for half in unpack("<2i", pack("<Q", row))])
        shifted = wat.apply("i64.shr_u", wat.word(where.word), wat.long(where.shift))
        held = wat.apply("i64.and", shifted, wat.long((1 << where.width) - 1))
        yield wat.set_local("$at_code", wat.apply("i64.mul", held, wat.long(8 * lanes)))
        at = "(i32.wrap_i64 (local.get $at_code))"
        for lane in range(lanes):
            entry = f"(i64.load $scratch offset={address + 8 * lane} {at})"
            yield wat.set_local(f"$kept{lane}", wat.apply("i64.or", wat.get(f"$kept{lane}"), entry))


def _bits(numbers: Sequence[int], lane: int) -> int:
    """Those of some resets whose bits are in one of the words."""
    return sum(1 << number % BITS for number in numbers if number // BITS == lane)


def _unless_kept(packing: Packing, reset: Reset, number: int) -> Iterator[str]:
    """Set back the fields of the cells; `$back` has all its bits where the reset happens, and none where not."""
    masks: dict[int, int] = {}
    codes: dict[int, int] = {}
    for cell, code in reset.cells:
        where = packing.fields[cell]
        if where.width:
            masks[where.word] = masks.get(where.word, 0) | where.mask
            codes[where.word] = codes.get(where.word, 0) | code << where.shift
    if not masks:
        return
    lane, bit = divmod(number, BITS)
    kept = wat.apply("i64.and", wat.apply("i64.shr_u", wat.get(f"$kept{lane}"), wat.long(bit)), wat.long(1))
    yield wat.set_local("$back", wat.apply("i64.sub", kept, wat.long(1)))
    for word, mask in masks.items():
        differs = wat.word(word)
        if codes[word]:
            differs = wat.apply("i64.xor", differs, wat.long(codes[word]))
        changed = wat.apply("i64.and", wat.apply("i64.and", differs, wat.long(mask)), wat.get("$back"))
        yield wat.set_local(f"$w{word}", wat.apply("i64.xor", wat.word(word), changed))
