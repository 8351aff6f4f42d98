"""`$canonical`: replaces the words of a record by those of the state that stands for it."""

from __future__ import annotations

from collections.abc import Sequence

from ..likeness import Image, Likeness
from . import wat
from .packing import Field, Packing
from .reset import set_back
from .scratch import Scratch


def canonical(packing: Packing, scratch: Scratch, likeness: Likeness) -> str:
    """The text of `$canonical`. Any order of states would do; here words are compared as unsigned numbers."""
    words = range(packing.words)
    names = [f"(local ${letter}{k} i64)" for letter in ("w", "n", "b") for k in words]
    reset = set_back(packing, scratch, likeness.resets)
    names += [f"(local {name} i64)" for name in reset.names]
    lines = [f"(func $canonical (param $at i32) (local $code i64) {' '.join(names)}"]
    lines += [f"(local.set $w{k} (i64.load $scratch offset={8 * k} (local.get $at)))" for k in words]
    lines += reset.lines
    lines += [f"(local.set $b{k} (local.get $w{k}))" for k in words]
    for image in likeness.images:
        lines += _imaged(packing, image)
        lines += wat.when(_less(packing.words), [f"(local.set $b{k} (local.get $n{k}))" for k in words])
    lines += [f"(i64.store $scratch offset={8 * k} (local.get $at) (local.get $b{k}))" for k in words]
    return "\n".join([*lines, ")"])


def _imaged(packing: Packing, image: Image) -> list[str]:
    """Set `$n0`, `$n1`... to the words of an image of the state in `$w0`, `$w1`..."""
    tables = {
        place: table
        for start, end, table in image.relabelled
        for place in range(start, end)
        if table != tuple(range(len(table)))
    }
    moved: dict[tuple[int, int, int], int] = {}
    relabelled: list[str] = []
    for place, target in enumerate(packing.fields):
        source = packing.fields[image.source[place]]
        if not target.width:
            continue
        if place in tables:
            relabelled += _relabelled(source, target, tables[place])
        else:
            # Fields that go from one word to another by the same distance go together.
            way = (target.word, source.word, target.shift - source.shift)
            moved[way] = moved.get(way, 0) | source.mask
    lines: list[str] = []
    for k in range(packing.words):
        parts = [_moved(source, by, mask) for (word, source, by), mask in moved.items() if word == k]
        lines.append(f"(local.set $n{k} {_joined(parts)})")
    return lines + relabelled


def _moved(word: int, by: int, mask: int) -> str:
    bits = wat.apply("i64.and", wat.word(word), wat.long(mask))
    if not by:
        return bits
    return wat.apply("i64.shl" if by > 0 else "i64.shr_u", bits, wat.long(abs(by)))


def _relabelled(source: Field, target: Field, table: Sequence[int]) -> list[str]:
    shifted = wat.apply("i64.shr_u", wat.word(source.word), wat.long(source.shift))
    code = "(local.get $code)"
    new = code
    for before, after in enumerate(table):
        if before != after:
            new = f"(select {wat.long(after)} {new} (i64.eq {code} {wat.long(before)}))"
    put = wat.apply("i64.shl", new, wat.long(target.shift))
    return [
        f"(local.set $code {wat.apply('i64.and', shifted, wat.long((1 << source.width) - 1))})",
        f"(local.set $n{target.word} {wat.apply('i64.or', f'(local.get $n{target.word})', put)})",
    ]


def _joined(parts: Sequence[str]) -> str:
    joined = parts[0] if parts else wat.long(0)
    for part in parts[1:]:
        joined = wat.apply("i64.or", joined, part)
    return joined


def _less(words: int) -> str:
    """Whether the image comes before the best so far."""
    last = words - 1
    less = f"(i64.lt_u (local.get $n{last}) (local.get $b{last}))"
    for k in reversed(range(last)):
        same = f"(i64.eq (local.get $n{k}) (local.get $b{k}))"
        less = f"(i32.or (i64.lt_u (local.get $n{k}) (local.get $b{k})) (i32.and {same} {less}))"
    return less
