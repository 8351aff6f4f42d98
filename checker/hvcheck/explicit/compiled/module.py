"""A system in a scope as one WebAssembly module: its steps, what is looked for, and the search kernel."""

from __future__ import annotations

from dataclasses import dataclass

from hvmodel.expression import Expression

from ..codes import Codec
from ..exploration import Goals
from ..likeness import EXACT, Likeness
from . import wat
from .actions import Expansion, Steps
from .canonical import canonical
from .kernel import Addresses, Switches, filled, kernel, runtime
from .packing import Packing, UncompiledError
from .scratch import Scratch
from .terms import Emitter

LARGEST = 1 << 28
"""The most bytes of scratch memory that a system may need."""

ARENA = '(import "search" "arena" (memory $arena 0))'
"""Imports come before everything else of a module."""

LONGEST = 1 << 24
"""The most characters of text: beyond that compiling takes longer than searching could save."""


@dataclass(frozen=True)
class Source:
    """The text of a module, and what one must know to use it."""

    packing: Packing
    steps: Steps
    addresses: Addresses
    text: str


def source(codec: Codec, goals: Goals, unroll: int = 64, likeness: Likeness = EXACT) -> Source:
    """Write the module of a system that looks for some goals.

    Raises UncompiledError for what cannot be compiled, and UnfitError as the reference engine does.
    """
    packing = Packing(codec)
    steps, scratch = Steps(packing), Scratch()
    emitter = Emitter(packing, scratch, unroll)
    system = codec.layout.system
    switched = Switches(len(goals.states), len(goals.ended), len(system.actions))
    addresses = Addresses(scratch, packing, steps.total, switched)
    if addresses.record * steps.total > LARGEST:
        raise UncompiledError(f"the system has {steps.total:,} steps in this scope")
    parts = [
        Expansion(emitter, steps, goals.actions).text(),
        _arrived(emitter, addresses, goals.states),
        _waiting(emitter, addresses, goals.ended),
    ]
    if likeness:
        parts.append(canonical(packing, scratch, likeness))
    body = [runtime(scratch, packing), *emitter.functions, *parts, kernel(addresses, canonical=bool(likeness))]
    if sum(map(len, body)) > LONGEST:
        raise UncompiledError("the code of the system would be too long")
    memories = [
        f'(memory $scratch (export "scratch") {scratch.pages})',
        *(f'(memory ${name} (export "{name}") 0)' for name in ("table", "arena", "parents", "edges")),
    ]
    return Source(packing, steps, addresses, "\n".join(["(module", *memories, *scratch.data(), *body, ")"]))


def _arrived(emitter: Emitter, addresses: Addresses, goals: tuple[Expression, ...]) -> str:
    """`$arrived` sees every new state: it tells of goals that are met for the first time."""
    lines: list[str] = []
    for which, goal in enumerate(goals):
        term = emitter.term(goal, emitter.environment())
        lines += _if_on(addresses, which, [f"(if {term.text} (then (call $met (i32.const {which}))))"])
    return wat.function("$arrived", (), False, lines)


def _waiting(emitter: Emitter, addresses: Addresses, ended: tuple[Expression, ...]) -> str:
    """`$waiting` sees every state without a protocol step: it tells of those in which the protocol has not ended."""
    lines: list[str] = []
    for which, goal in enumerate(ended, addresses.switched.goals):
        term = emitter.term(goal, emitter.environment())
        note = f"(call $note (i32.const {which}) (global.get $current))"
        lines += _if_on(addresses, which, [f"(if (i32.eqz {term.text}) (then {note}))"])
    return wat.function("$waiting", (), False, lines)


def _if_on(addresses: Addresses, which: int, lines: list[str]) -> list[str]:
    return wat.when(f"(i32.load8_u $scratch offset={addresses.switches + which} (i32.const 0))", lines)


def predicate(codec: Codec, expression: Expression, unroll: int = 64) -> str:
    """A module that finds the states of an arena that satisfy an expression: see `predicate.wat`."""
    packing, scratch = Packing(codec), Scratch()
    emitter = Emitter(packing, scratch, unroll)
    body = [
        wat.function("$holds", (), True, [emitter.term(expression, emitter.environment()).text]),
        *emitter.functions,
        runtime(scratch, packing),
        filled("predicate.wat", state=8 * packing.words),
    ]
    memory = f"(memory $scratch {scratch.pages})"
    return "\n".join(["(module", ARENA, memory, *scratch.data(), *body, ")"])
