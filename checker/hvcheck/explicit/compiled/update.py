"""The state that a step leads to: words in locals as long as all cells are known, then a record in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import wat
from .packing import Packing
from .term import HEAVY, Term

WHOLE = (1 << 64) - 1
RECORD = "$p0"
"""The local with the address of the record."""


@dataclass
class Update:
    """Writes in the order of the step, of which the last to a cell wins; all values are read in the state before.

    `put` and `put_if` write cells that are known. `spill` stores the words so far in the record; after it
    `put_anywhere` writes any cell there. `finished` gives the text that leaves the whole state in the record.
    """

    packing: Packing
    lines: list[str] = field(default_factory=list)
    spilled: bool = False
    _waiting: dict[int, dict[int, Term]] = field(default_factory=dict)
    _made: set[int] = field(default_factory=set)

    def put(self, cell: int, code: Term) -> None:
        where = self.packing.fields[cell]
        if self.spilled:
            self.put_anywhere(wat.number(cell), cell, code)
        elif where.width:
            self._waiting.setdefault(where.word, {})[cell] = code

    def put_if(self, cell: int, code: Term, condition: Term) -> None:
        where = self.packing.fields[cell]
        if self.spilled:
            self.lines += wat.when(condition.text, [self._stored(wat.number(cell), cell, code)])
        elif where.width:
            self._flush(where.word)
            before = self._word(where.word)
            after = _combined(before, self.packing, {cell: code})
            name = f"$n{where.word}"
            if code.fallible or code.weight > HEAVY:
                after = f"(if (result i64) {condition.text} (then {after}) (else {before}))"
            else:
                after = wat.apply("select", after, before, condition.text)
            self.lines.append(wat.set_local(name, after))
            self._made.add(where.word)

    def spill(self) -> None:
        if not self.spilled:
            self.lines += [self._store(position) for position in range(self.packing.words)]
            self.spilled = True

    def put_anywhere(self, number: str, like: int, code: Term) -> None:
        """Write the cell of a number (text) whose field is as wide as that of the cell `like`."""
        self.lines.append(self._stored(number, like, code))

    def finished(self) -> list[str]:
        self.spill()
        return self.lines

    def _stored(self, number: str, like: int, code: Term) -> str:
        width = self.packing.fields[like].width
        return f"(call $put {wat.get(RECORD)} {number} {wat.number((1 << width) - 1)} {code.text})"

    def _word(self, position: int) -> str:
        return wat.get(f"$n{position}") if position in self._made else wat.word(position)

    def _flush(self, position: int) -> None:
        waiting = self._waiting.pop(position, None)
        if waiting:
            self.lines.append(wat.set_local(f"$n{position}", _combined(self._word(position), self.packing, waiting)))
            self._made.add(position)

    def _store(self, position: int) -> str:
        value = _combined(self._word(position), self.packing, self._waiting.pop(position, {}))
        return f"(i64.store $scratch offset={8 * position} {wat.get(RECORD)} {value})"


def _combined(before: str, packing: Packing, written: dict[int, Term]) -> str:
    """A word with some of its fields written."""
    mask, bits, parts = 0, 0, list[str]()
    for cell, code in written.items():
        where = packing.fields[cell]
        mask |= where.mask
        if code.constant:
            bits |= code.low << where.shift
        else:
            part = wat.apply("i64.extend_i32_u", code.text)
            parts.append(wat.apply("i64.shl", part, wat.long(where.shift)) if where.shift else part)
    if not mask:
        return before
    if bits == mask:
        return wat.apply("i64.or", before, wat.long(bits))
    result = wat.apply("i64.and", before, wat.long(WHOLE ^ mask))
    for part in ([wat.long(bits)] if bits else []) + parts:
        result = wat.apply("i64.or", result, part)
    return result
