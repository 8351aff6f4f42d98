"""States as 64-bit words: a bit field of the least width for every cell, none across the end of a word."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from hvmodel.dataclass import dataclass
from hvmodel.types import Sort, Value

from ..codes import Codec

WORD = 64
"""Bits of a word."""

Words: TypeAlias = npt.NDArray[np.uint64]
"""States, one a row, or one state."""


class UncompiledError(ValueError):
    """A system or scope that only the reference engine can search; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """Where the code of a cell lies: `width` bits of a word from bit `shift` on; no bits if it has one value."""

    word: int
    shift: int
    width: int

    @property
    def mask(self) -> int:
        """The bits of the field where they lie."""
        return ((1 << self.width) - 1) << self.shift


@dataclass(frozen=True)
class Packing:
    """The fields of all cells of a layout, in its order.

    Cells of one element of a sort lie together: first those without an element among their arguments, then for each
    element those that have it as their first, among them again by the second. If that costs no word, elements begin at
    a word's start, so that the fields of any two elements of a sort differ by whole words.
    """

    codec: Codec

    @cached_property
    def _placed(self) -> tuple[tuple[Field, ...], int]:
        tight, aligned = (_placed(self._widths, self._chunks, whole) for whole in (False, True))
        return aligned if aligned[1] <= tight[1] else tight

    @property
    def fields(self) -> tuple[Field, ...]:
        return self._placed[0]

    @property
    def words(self) -> int:
        """How many words a state takes, at least one."""
        return self._placed[1]

    @cached_property
    def _widths(self) -> list[int]:
        widths = [(self.codec.size(function.range) - 1).bit_length() for function, _ in self.codec.layout.cells]
        if max(widths, default=0) > 31:
            raise UncompiledError("a cell has more than 2,147,483,648 values")
        return widths

    @cached_property
    def _chunks(self) -> list[list[int]]:
        """The cells of each element that comes first among arguments; those of none come first of all."""
        chunks: dict[tuple[str, Value] | None, list[tuple[_Path, int]]] = {None: []}
        for number, (function, arguments) in enumerate(self.codec.layout.cells):
            path = tuple(
                (type_.name, int(value))
                for type_, value in zip(function.domain, arguments, strict=True)
                if isinstance(type_, Sort) and isinstance(value, int)
            )
            chunks.setdefault(path[0] if path else None, []).append((path, number))
        return [[number for _, number in sorted(chunk)] for chunk in chunks.values()]

    def pack(self, codes: Sequence[int]) -> list[int]:
        """The words of a state from the codes of its cells."""
        words = [0] * self.words
        for field, code in zip(self.fields, codes, strict=True):
            words[field.word] |= code << field.shift
        return words

    def unpack(self, states: Words) -> npt.NDArray[np.uint32]:
        """The codes of the cells of some states: a row a state."""
        words, shifts, masks = self._columns
        return ((states[:, words] >> shifts) & masks).astype(np.uint32)

    @cached_property
    def _columns(self) -> tuple[npt.NDArray[np.intp], Words, Words]:
        """Word, shift and mask of every field."""
        return (
            np.array([field.word for field in self.fields], dtype=np.intp),
            np.array([field.shift for field in self.fields], dtype=np.uint64),
            np.array([(1 << field.width) - 1 for field in self.fields], dtype=np.uint64),
        )


_Path: TypeAlias = tuple[tuple[str, int], ...]


def _placed(widths: Sequence[int], chunks: Sequence[Sequence[int]], whole: bool) -> tuple[tuple[Field, ...], int]:
    """Fields one after another, in the next word when one does not fit; `whole`: a chunk begins with a word."""
    fields = [Field(0, 0, 0)] * len(widths)
    word, shift = 0, 0
    for chunk in chunks:
        if whole and shift:
            word, shift = word + 1, 0
        for cell in chunk:
            if not widths[cell]:
                continue
            if shift + widths[cell] > WORD:
                word, shift = word + 1, 0
            fields[cell] = Field(word, shift, widths[cell])
            shift += widths[cell]
    return tuple(fields), max(1, word + (shift > 0))
