"""States that are alike: exchanges of cells under which nothing changes, and one state that stands for all its images.

Who says which exchanges those are answers for it (`hvcheck.reduce`); here they are only carried out.
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


def canonical_keys(images: Sequence[Image], typecode: str) -> Canonical:
    """The least of an encoded state and its images, which must be all of them; `typecode` is that of a cell's code."""
    made = [_narrow(image) if typecode == "B" else _wide(image, typecode) for image in images]

    def canonical(key: Key) -> Key:
        return min(key, *(image(key) for image in made)) if made else key

    return canonical


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
