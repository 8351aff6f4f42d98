"""States that are alike: cells whose values do not matter, exchanges of cells, and one state that stands for all.

Who says which cells and exchanges those are answers for it (`hvcheck.reduce`); here they are only carried out.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from operator import itemgetter

from hvmodel.dataclass import dataclass

from .codegen import Key

Canonical = Callable[[Key], Key]


@dataclass(frozen=True, slots=True)
class Image:
    """One exchange: cell `i` of the image has what cell `source[i]` of the state has.

    In the stretches `relabelled`, from one cell up to another, a code is replaced by what a table has at its place.
    """

    source: tuple[int, ...]
    relabelled: tuple[tuple[int, int, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Reset:
    """Cells, each with the code that it is set back to, unless one of some cells has one of some codes."""

    cells: tuple[tuple[int, int], ...]
    unless: tuple[tuple[int, frozenset[int]], ...]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is taken for one state: those that differ in cells that are set back, then the images of each.

    The images of a state with those cells set back must be all of them, and have them set back, too.
    """

    images: tuple[Image, ...] = ()
    resets: tuple[Reset, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.images or self.resets)


EXACT = Likeness()
"""Every state stands for itself."""


def canonical_keys(likeness: Likeness, typecode: str) -> Canonical:
    """The encoded state that stands for one: of its images the least; `typecode` is that of a cell's code."""
    made = [_narrow(image) if typecode == "B" else _wide(image, typecode) for image in likeness.images]
    set_back = _setting_back(likeness.resets, typecode) if likeness.resets else None

    def canonical(key: Key) -> Key:
        key = key if set_back is None else set_back(key)
        return min(key, *(image(key) for image in made)) if made else key

    return canonical


def _setting_back(resets: Sequence[Reset], typecode: str) -> Canonical:
    def set_back(key: Key) -> Key:
        before = array(typecode, key)
        after = array(typecode, key)
        for reset in resets:
            if not any(before[cell] in codes for cell, codes in reset.unless):
                for cell, code in reset.cells:
                    after[cell] = code
        return after.tobytes()

    return set_back


def _narrow(image: Image) -> Canonical:
    """Cells of one byte: picked in their new order, and stretches of them translated."""
    pick = itemgetter(*image.source) if len(image.source) > 1 else tuple
    stretches = [(start, end, bytes([*table, *range(len(table), 256)])) for start, end, table in image.relabelled]

    def narrow(key: Key) -> Key:
        codes = bytes(pick(key))
        parts, done = [], 0
        for start, end, table in stretches:
            parts += [codes[done:start], codes[start:end].translate(table)]
            done = end
        return b"".join([*parts, codes[done:]]) if parts else codes

    return narrow


def _wide(image: Image, typecode: str) -> Canonical:
    def wide(key: Key) -> Key:
        before = array(typecode, key)
        codes = array(typecode, [before[place] for place in image.source])
        for start, end, table in image.relabelled:
            for place in range(start, end):
                codes[place] = table[codes[place]]
        return codes.tobytes()

    return wide
