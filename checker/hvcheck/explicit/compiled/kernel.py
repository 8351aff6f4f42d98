"""The search kernel for one number of words: `kernel.wat` with what depends on the system filled in."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from hvmodel.dataclass import dataclass

from . import wat
from .actions import record_size
from .packing import Packing
from .scratch import Scratch

BATCH = 32
"""States expanded before the table is asked for their successors; more do not overlap more waits for memory."""

RECORDS = 1 << 14
"""The most records of a batch that are aimed at: a system of more steps than that has smaller batches."""

NOTES = 1 << 11
"""Notes after which the caller is asked to take them."""

STRAIGHT = 32
"""Words up to which code on all of them is written out."""

INLINE = 8
"""Words up to which they are compared without a call."""

SEED, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xA0761D6478BD642F, 0xD6E8FEB86659FD93
"""Odd multipliers with evenly spread bits; any would give an exact search."""


@dataclass(frozen=True, slots=True)
class Switches:
    """What the kernel looks for, by number: goals, then ended states (see `waiting`), a breach, the actions."""

    goals: int
    ended: int
    actions: int

    @property
    def breach(self) -> int:
        return self.goals + self.ended

    @property
    def first_action(self) -> int:
        return self.breach + 1

    @property
    def total(self) -> int:
        return self.first_action + self.actions


@dataclass(frozen=True)
class Addresses:
    """Where the kernel keeps its things in the scratch memory. Make it after all tables are known."""

    scratch: Scratch
    packing: Packing
    steps: int
    switched: Switches

    @property
    def batch(self) -> int:
        """The greatest number of states in a batch."""
        return max(1, min(BATCH, RECORDS // max(1, self.steps)))

    @property
    def record(self) -> int:
        return record_size(self.packing.words)

    @cached_property
    def switches(self) -> int:
        return self.scratch.reserve(self.switched.total)

    @cached_property
    def counts(self) -> int:
        return self.scratch.reserve(8 * self.steps)

    @cached_property
    def notes(self) -> int:
        return self.scratch.reserve(8 * (NOTES + 2 * self.switched.total + BATCH * self.switched.ended))

    @cached_property
    def broken(self) -> int:
        return self.scratch.reserve(4 * self.steps)

    @cached_property
    def ends(self) -> int:
        return self.scratch.reserve(4 * self.batch)

    @cached_property
    def records(self) -> int:
        return self.scratch.reserve(self.record * (self.batch * self.steps + 1))


def kernel(addresses: Addresses, canonical: bool = False) -> str:
    """The text of the kernel; `canonical`: of like states it knows one, as `$canonical` has it."""
    words = addresses.packing.words
    return filled(
        "kernel.wat",
        words=words,
        state=8 * words,
        record=addresses.record,
        record_step=8 * words,
        record_edge=8 * words + 4,
        record_hash=8 * words + 8,
        record_slot=8 * words + 16,
        switches=addresses.switches,
        counts=addresses.counts,
        notes=addresses.notes,
        notes_state=addresses.notes + 4,
        notes_full=NOTES,
        broken=addresses.broken,
        ends=addresses.ends,
        records=addresses.records,
        successors=addresses.steps,
        breach=addresses.switched.breach,
        first_action=addresses.switched.first_action,
        canonical="(call $canonical (local.get $from))" if canonical else "",
        hash_record=_hash("$scratch", words, "$record"),
        hash_from=_hash("$scratch", words, "$from"),
        hash_state=_hash("$arena", words, "$at"),
        state_of=_state_of(words),
        same=_same(words),
        is_same=_is_same(words),
        copy=_copy(words),
    )


def runtime(scratch: Scratch, packing: Packing) -> str:
    """The functions that expressions and writes call."""
    cells = scratch.table([8 * field.word << 6 | field.shift for field in packing.fields])
    return filled("runtime.wat", cells=cells)


def filled(name: str, **values: object) -> str:
    """A text of this folder with values for what it has in braces."""
    text = Path(__file__).with_name(name).read_text("utf-8")
    for key, value in values.items():
        text = text.replace("{" + key + "}", str(value))
    return text


def _load(memory: str, position: int, at: str) -> str:
    return f"(i64.load {memory} offset={8 * position} (local.get {at}))"


def _hash(memory: str, words: int, at: str) -> str:
    """Multiply and fold, word by word; both the lowest bits (the slot) and the highest (the tag) must be spread."""
    lines = [f"(local.set $h (i64.const {SEED}))"]
    for position in range(words):
        mixed = f"(i64.mul (i64.xor (local.get $h) {_load(memory, position, at)}) (i64.const {FIRST}))"
        lines += [f"(local.set $h {mixed})", _fold(32)]
    lines += [f"(local.set $h (i64.mul (local.get $h) (i64.const {SECOND})))", _fold(29)]
    lines += [f"(local.set $h (i64.mul (local.get $h) (i64.const {FIRST})))", _fold(32)]
    return "\n".join(lines)


def _fold(by: int) -> str:
    return f"(local.set $h (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const {by}))))"


def _state_of(words: int) -> str:
    """The address of the state that `$slot` names."""
    number = wat.apply("i32.wrap_i64", "(local.get $slot)")
    return wat.apply("i32.sub", wat.apply("i32.mul", number, wat.number(8 * words)), wat.number(8 * words))


def _is_same(words: int) -> str:
    """Whether the words of `$record` and of the state `$at` are the same; a call when there are many."""
    if words > INLINE:
        return "(call $same (local.get $record) (local.get $at))"
    differ = _differences(words)
    together = differ[0]
    for text in differ[1:]:
        together = wat.apply("i64.or", together, text)
    return f"(i64.eqz {together})"


def _same(words: int) -> str:
    differ, lines = _differences(words), list[str]()
    for start in range(0, words, STRAIGHT):
        together = differ[start]
        for text in differ[start + 1 : start + STRAIGHT]:
            together = wat.apply("i64.or", together, text)
        lines.append(f"(if (i64.ne {together} (i64.const 0)) (then (return (i32.const 0))))")
    return "\n".join([*lines, "(i32.const 1)"])


def _differences(words: int) -> list[str]:
    return [
        wat.apply("i64.xor", _load("$scratch", position, "$record"), _load("$arena", position, "$at"))
        for position in range(words)
    ]


def _copy(words: int) -> str:
    return "\n".join(
        f"(i64.store $arena offset={8 * position} (local.get $at) {_load('$scratch', position, '$record')})"
        for position in range(words)
    )
