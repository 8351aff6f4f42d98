"""The steps of a system as WebAssembly text: functions that write the successors of a state as records.

A record is the words of the state, then the number of the step that leads there; it goes to the address in the local
`$p0`, which every such function takes and gives back. Steps of protocols have functions of their own, since their
records come first; among either the order is that in which the reference engine finds them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from math import prod

from hvmodel.dataclass import dataclass
from hvmodel.expression import Quantifier, Variable, conjunction, negation
from hvmodel.semantics import Step
from hvmodel.state import values
from hvmodel.system import Action, Obligation, Thread, Write

from ..codegen import Label
from ..location import Located, conjuncts
from . import wat
from .packing import Packing
from .term import FALSE, TRUE, Term, both, either
from .terms import Emitter, Environment, coded
from .update import RECORD, Update


@dataclass(frozen=True)
class Steps:
    """Numbers of the ground steps of a system: by action, then by arguments, the last one fastest."""

    packing: Packing

    @cached_property
    def first(self) -> tuple[int, ...]:
        """The number of the first step of each action, and one beyond the last."""
        firsts = [0]
        for action in self.packing.codec.layout.system.actions:
            firsts.append(firsts[-1] + prod(self._sizes(action)))
        return tuple(firsts)

    @property
    def total(self) -> int:
        return self.first[-1]

    def label(self, number: int) -> Label:
        """The place of a step's action in the system, then the codes of its arguments."""
        place = bisect_right(self.first, number) - 1
        rest, codes = number - self.first[place], list[int]()
        for size in reversed(self._sizes(self.packing.codec.layout.system.actions[place])):
            rest, code = divmod(rest, size)
            codes.append(code)
        return (place, *reversed(codes))

    def step(self, number: int) -> Step:
        """The step of a number."""
        layout, (place, *codes) = self.packing.codec.layout, self.label(number)
        action = layout.system.actions[place]
        arguments = zip(action.parameters, codes, strict=True)
        return Step(action.name, tuple(values(parameter.type, layout.scope)[code] for parameter, code in arguments))

    def number(self, place: int, codes: Sequence[Term]) -> str:
        """The text of the number of a step of the action at a place, from the codes of its arguments."""
        fixed, scale, parts = self.first[place], 1, list[str]()
        sizes = self._sizes(self.packing.codec.layout.system.actions[place])
        for code, size in reversed(list(zip(codes, sizes, strict=True))):
            if code.constant:
                fixed += code.low * scale
            else:
                parts.append(wat.apply("i32.mul", code.text, wat.number(scale)))
            scale *= size
        result = wat.number(fixed)
        for part in parts:
            result = wat.apply("i32.add", result, part)
        return result

    def _sizes(self, action: Action) -> list[int]:
        return [self.packing.codec.size(parameter.type) for parameter in action.parameters]


@dataclass(frozen=True)
class Branch:
    """A step under way to text: the conditions still to be tested, then the lines that take it."""

    conditions: tuple[Term, ...]
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """What a thread instance does: the test whether it is where it can move, and the lines that move it."""

    word: int
    mask: int
    resting: bool
    lines: tuple[str, ...]


RUN = 16
"""Thread instances whose rest is tested at once."""


class Expansion:
    """Writes `$protocol_steps` and `$other_steps`, which make the records of the steps of the state at an address."""

    def __init__(self, emitter: Emitter, steps: Steps, flagged: frozenset[str]) -> None:
        self.emitter = emitter
        self.steps = steps
        self.flagged = flagged
        self.packing = emitter.packing
        self.system = emitter.codec.layout.system
        self.functions: list[str] = []

    def text(self) -> str:
        """All functions of the expansion."""
        actions = self.system.actions
        leading = frozenset(number for number, action in enumerate(actions) if comes_first(action))
        others = frozenset(range(len(actions))) - leading
        parts = [self._steps_of("$protocol_steps", leading), self._steps_of("$other_steps", others)]
        return "\n".join([*parts, *self.functions])

    def _steps_of(self, name: str, wanted: frozenset[int]) -> str:
        """The function for the steps of some actions."""
        visits = [visit for thread in self.system.threads for visit in self._visits(thread, wanted)]
        free = [number for number in sorted(wanted) if self.system.actions[number].thread not in self.system.thread]
        body = [*_skipping(visits), *self._call(self._group(free, self.emitter.environment(), ()))]
        return wat.function(name, (RECORD,), True, [*body, wat.get(RECORD)])

    def _visits(self, thread: Thread, wanted: frozenset[int]) -> Iterator[Visit]:
        located = Located(self.system.actions, thread, self.emitter.codec)
        control = self.system.function[thread.control]
        size = self.emitter.codec.size(control.range)
        for chosen in self.emitter.choices(thread.parameters):
            environment = self.emitter.environment().bind(thread.parameters, chosen)
            cell = self.emitter.place(thread.control, thread.parameters, environment).first
            lines: list[list[str]] = []
            for place in range(size):
                known = replace(self.emitter.environment(), known={cell: place})
                tried = [number for number in located.at(place) if number in wanted]
                lines.append(self._call(self._group(tried, known, chosen)))
            where = self.packing.fields[cell]
            if any(lines):
                yield Visit(where.word, where.mask, not lines[0], tuple(_chosen(wat.extracted(where), lines)))

    def _call(self, body: list[str]) -> list[str]:
        """A call of a function of its own, so that each is soon compiled; nothing for an empty body."""
        if not body:
            return []
        name = self.emitter.name("g")
        self.functions.append(wat.function(name, (RECORD,), True, [*body, wat.get(RECORD)]))
        return [wat.set_local(RECORD, f"(call {name} (local.get $at) {wat.get(RECORD)})")]

    def _group(self, actions: list[int], environment: Environment, fixed: tuple[Term, ...]) -> list[str]:
        """The text of some actions; `fixed` gives the first parameters of each."""
        branches: list[Branch] = []
        for number in actions:
            action = self.system.actions[number]
            taken, free = action.parameters[: len(fixed)], action.parameters[len(fixed) :]
            start = environment.bind(taken, fixed)
            split = self._unrolled(free, environment.room)
            for chosen in self.emitter.choices(free[:split]):
                branch = self._branch(number, action, start.bind(free[:split], chosen), free[split:])
                if branch is not None:
                    branches.append(branch)
        return list(_nested(_shared_first(branches)))

    def _unrolled(self, variables: Sequence[Variable], room: int) -> int:
        """How many of the variables, from the first, are few enough together to be written out."""
        return next((k for k in range(len(variables), 0, -1) if self.emitter.count(variables[:k]) <= room), 0)

    def _branch(
        self, number: int, action: Action, environment: Environment, looped: Sequence[Variable]
    ) -> Branch | None:
        terms, counters = self.emitter.loops(looped)
        inner = environment.bind(looped, terms)
        parts = [part for guard in action.guards for part in conjuncts(guard.expression)]
        conditions = [term for term in (self.emitter.term(part, inner) for part in parts) if term != TRUE]
        if FALSE in conditions:
            return None
        body = self._step(number, action, inner)
        if not counters:
            return Branch(tuple(conditions), tuple(body))
        local = {name for name, _ in counters}
        within = [term for term in conditions if term.names & local]
        body = wat.when(both(within).text, body)
        for name, size in reversed(counters):
            body = wat.loop(name, size, body)
        return Branch(tuple(term for term in conditions if not term.names & local), tuple(body))

    def _step(self, place: int, action: Action, environment: Environment) -> list[str]:
        """Test the obligations of a step, and write the record of where it leads."""
        codes = [
            coded(self.emitter, environment.bindings[parameter.name], parameter.type) for parameter in action.parameters
        ]
        number = self.steps.number(place, codes)
        noted = [f"(call $taken {wat.number(place)})"] if action.name in self.flagged else []
        broken = either(self._broken(obligation, environment) for obligation in action.obligations)
        refused = [f"(call $breach {number})"]
        if broken.constant:
            return [*noted, *(refused if broken.low else self._record(action, environment, number))]
        return [*noted, *wat.either_way(broken.text, refused, self._record(action, environment, number))]

    def _record(self, action: Action, environment: Environment, number: str) -> list[str]:
        update = Update(self.packing)
        for write in action.writes:
            self._write(update, write, environment)
        words = self.packing.words
        return [
            *update.finished(),
            f"(i32.store $scratch offset={8 * words} {wat.get(RECORD)} {number})",
            wat.set_local(RECORD, wat.apply("i32.add", wat.get(RECORD), wat.number(record_size(words)))),
        ]

    def _write(self, update: Update, write: Write, environment: Environment) -> None:
        split = self._unrolled(write.binders, environment.room)
        looped = write.binders[split:]
        for chosen in self.emitter.choices(write.binders[:split]):
            terms, counters = self.emitter.loops(looped)
            inner = environment.bind(write.binders, [*chosen, *terms])
            where = self.emitter.term(write.where, inner)
            if where == FALSE:
                continue
            place = self.emitter.place(write.function, write.indices, inner)
            code = self.emitter.stored(write.value, self.system.function[write.function].range, inner)
            if place.index is None and not counters:
                update.put(place.first, code) if where == TRUE else update.put_if(place.first, code, where)
                continue
            update.spill()
            before, update.lines = update.lines, []
            update.put_anywhere(self.emitter.cell_number(place), place.first, code)
            lines = update.lines if where == TRUE else wat.when(where.text, update.lines)
            for name, size in reversed(counters):
                lines = wat.loop(name, size, lines)
            update.lines = before + lines

    def _broken(self, obligation: Obligation, environment: Environment) -> Term:
        """Whether the step breaks an obligation, which is the negation of a quantifier."""
        condition = conjunction((obligation.where, negation(obligation.expression)))
        return self.emitter.term(Quantifier("some", obligation.binders, condition), environment)


def comes_first(action: Action) -> bool:
    """Whether the search finds the steps of an action before those of others of the same state."""
    return action.kind == "protocol"


def record_size(words: int) -> int:
    """Bytes of a record: the words, the number of the step, an address, the hash, the slot."""
    return 8 * (words + 3)


def _chosen(location: str, lines: Sequence[list[str]]) -> list[str]:
    """The lines for the location that a thread is at; a jump table if there are many."""
    busy = [(place, body) for place, body in enumerate(lines) if body]
    if len(busy) < 4:
        tests = (wat.when(wat.apply("i32.eq", location, wat.number(place)), body) for place, body in busy)
        return [line for test in tests for line in test]
    labels = {place: f"$at{place}" for place, _ in busy}
    table = " ".join(labels.get(place, "$done") for place in range(len(lines)))
    result = ["(block $done", *(f"(block {label}" for label in reversed(labels.values()))]
    result.append(f"(br_table {table} $done {location})")
    for _, body in busy:
        result += [")", *body, "(br $done)"]
    return [*result, ")"]


def _skipping(visits: Sequence[Visit]) -> Iterator[str]:
    """All visits, but one test skips several thread instances that rest (their location is the first)."""
    for resting, together in groupby(visits, key=lambda visit: visit.resting):
        group = list(together)
        for start in range(0, len(group), RUN):
            part = group[start : start + RUN]
            lines = [line for visit in part for line in visit.lines]
            yield from wat.when(_moving(part), lines) if resting and len(part) > 1 else lines


def _moving(visits: Sequence[Visit]) -> str:
    """Whether some thread instance is not at its first location."""
    masks: dict[int, int] = {}
    for visit in visits:
        masks[visit.word] = masks.get(visit.word, 0) | visit.mask
    masked = [wat.apply("i64.and", wat.word(word), wat.long(mask)) for word, mask in masks.items()]
    result = masked[0]
    for text in masked[1:]:
        result = wat.apply("i64.or", result, text)
    return wat.apply("i64.ne", result, wat.long(0))


def _shared_first(branches: list[Branch]) -> list[Branch]:
    """The conditions that most branches share come first, so that testing them once can skip many."""
    shared: dict[str, int] = {}
    for branch in branches:
        for term in branch.conditions:
            shared[term.text] = shared.get(term.text, 0) + 1

    def rank(term: Term) -> tuple[bool, int, int]:
        return term.fallible, -shared[term.text], term.weight

    return [replace(branch, conditions=tuple(sorted(branch.conditions, key=rank))) for branch in branches]


def _nested(branches: Sequence[Branch]) -> Iterator[str]:
    """Branches as nested tests: those that follow each other and begin with the same condition share it."""
    for first, together in groupby(branches, key=lambda branch: branch.conditions[0].text if branch.conditions else ""):
        group = list(together)
        if not first:
            yield from (line for branch in group for line in branch.body)
        elif len(group) == 1:
            yield from wat.when(both(group[0].conditions).text, group[0].body)
        else:
            rest = [replace(branch, conditions=branch.conditions[1:]) for branch in group]
            yield from wat.when(first, list(_nested(rest)))
