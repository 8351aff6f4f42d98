"""The part of `$canonical` that sets back cells whose values do not matter.

Each cell that is asked for has tables, one for each word of the state that it matters for: for each of its codes the
bits that are kept then. All entries joined are what is kept, without a branch for each of the resets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from struct import pack, unpack

from ..likeness import Reset
from . import wat
from .packing import Packing
from .scratch import Scratch

LARGEST = 1 << 20
"""Bytes of all tables. Resets that would need more are left out, which is sound: less is taken for one state."""

TOGETHER = 6
"""Cells that are passed over together while all of them have their first code."""

Rows = dict[int, dict[int, int]]
"""What one cell keeps: for a word of the state the bits, by the cell's code; no bits where nothing is said."""


@dataclass(frozen=True)
class SetBack:
    """The lines that do it to `$w0`, `$w1`..., and the 64-bit locals that they use."""

    names: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass
class Kept:
    """What may be set back, by word: the bits, and their first values; and what cells keep of it."""

    bits: dict[int, int] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    by_cell: dict[int, Rows] = field(default_factory=dict)


def set_back(packing: Packing, scratch: Scratch, resets: Sequence[Reset]) -> SetBack:
    kept = _kept(packing, resets)
    if not kept.bits:
        return SetBack()
    lines = [*_looked_up(packing, scratch, kept.by_cell), *(_first(kept, word) for word in kept.bits)]
    return SetBack(tuple(f"$kept{word}" for word in kept.bits), tuple(lines))


def _kept(packing: Packing, resets: Sequence[Reset]) -> Kept:
    kept = Kept()
    size = 0
    for reset in resets:
        masks: dict[int, int] = {}
        for cell, _ in reset.cells:
            place = packing.fields[cell]
            masks[place.word] = masks.get(place.word, 0) | place.mask
        masks = {word: mask for word, mask in masks.items() if mask}
        size += sum(8 * len(masks) << packing.fields[cell].width for cell, _ in reset.unless)
        if size > LARGEST:
            return kept
        for cell, code in reset.cells:
            place = packing.fields[cell]
            kept.first[place.word] = kept.first.get(place.word, 0) | code << place.shift
        for word, mask in masks.items():
            kept.bits[word] = kept.bits.get(word, 0) | mask
            for cell, codes in reset.unless:
                row = kept.by_cell.setdefault(cell, {}).setdefault(word, {})
                row.update((code, row.get(code, 0) | mask) for code in codes)
    return kept


def _looked_up(packing: Packing, scratch: Scratch, by_cell: dict[int, Rows]) -> Iterator[str]:
    """Set `$kept0`, `$kept1`... to the bits that are kept."""
    cells = sorted(by_cell, key=lambda cell: (packing.fields[cell].word, packing.fields[cell].shift))
    always = [cell for cell in cells if any(0 in row for row in by_cell[cell].values())]
    yield from (line for cell in always for line in _entries(packing, scratch, cell, by_cell[cell]))
    rest = [cell for cell in cells if cell not in always]
    for word, grouped in groupby(rest, key=lambda cell: packing.fields[cell].word):
        same = list(grouped)
        for some in (same[start : start + TOGETHER] for start in range(0, len(same), TOGETHER)):
            moving = sum(packing.fields[cell].mask for cell in some)
            lines = (line for cell in some for line in _entries(packing, scratch, cell, by_cell[cell]))
            yield from wat.when(_any(word, moving), lines)


def _any(word: int, mask: int) -> str:
    return wat.apply("i64.ne", wat.apply("i64.and", wat.word(word), wat.long(mask)), wat.long(0))


def _entries(packing: Packing, scratch: Scratch, cell: int, rows: Rows) -> Iterator[str]:
    place = packing.fields[cell]
    at = wat.apply("i32.shl", wat.extracted(place), wat.number(3))
    for word, row in rows.items():
        bits = (row.get(code, 0) for code in range(1 << place.width))
        entry = f"(i64.load $scratch offset={scratch.table(_halves(bits))} {at})"
        yield wat.set_local(f"$kept{word}", wat.apply("i64.or", wat.get(f"$kept{word}"), entry))


def _halves(words: Iterable[int]) -> list[int]:
    return [half for word in words for half in unpack("<2i", pack("<Q", word))]


def _first(kept: Kept, word: int) -> str:
    """Give what is not kept of a word its first value."""
    differs = wat.apply("i64.xor", wat.word(word), wat.long(kept.first[word]))
    lost = wat.apply("i64.xor", wat.get(f"$kept{word}"), wat.long(kept.bits[word]))
    return wat.set_local(f"$w{word}", wat.apply("i64.xor", wat.word(word), wat.apply("i64.and", differs, lost)))
