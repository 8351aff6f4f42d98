"""A system in a scope as generated Python: successors of a state, and predicates on it.

Steps of a thread are grouped by its location, and the code of a group is made when the thread is first met
there: a state costs the steps its threads are about to take, not all steps of the spec.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias, cast

from hvmodel.expression import Expression, Quantifier, Variable, conjunction, negation
from hvmodel.semantics import Step
from hvmodel.state import values
from hvmodel.system import Action, Obligation, Thread, Write

from .codes import Codec
from .location import Located, conjuncts
from .terms import FALSE, TRUE, Emitter, Environment, Term, both, coded, either

Key: TypeAlias = bytes
"""A state, encoded."""

Label: TypeAlias = tuple[int, ...]
"""A step: the place of its action in the system, then the codes of its arguments."""

DEEPEST_NEST = 12
"""Conditions that nest; the rest are joined, as Python allows 100 levels of indentation."""


class OutsideError(ValueError):
    """An expression met a value outside the range it must lie in: the spec is at fault."""


def inside(code: int, size: int) -> int:
    if 0 <= code < size:
        return code
    raise OutsideError(f"a step writes or reads outside a range of {size} values")


def placed(code: int, size: int) -> int:
    return code if 0 <= code < size else -1


def filled(code: int, size: int) -> int:
    return code if code < size else 0


@dataclass
class Successors:
    """What expanding one state yields. `flags` holds steps that break an obligation or are looked for.

    A flag is the step's label and the place of the obligation in its action (-1: none is broken). `counts`
    is how often each action was enabled. The results of breaking steps are not states to go on from.
    """

    protocol: list[Any] = field(default_factory=list)
    other: list[Any] = field(default_factory=list)
    flags: list[tuple[Label, int]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def clear(self) -> None:
        self.protocol.clear()
        self.other.clear()
        self.flags.clear()


@dataclass
class Branch:
    """A step under way to text: the conditions still to be tested, then the lines that take it."""

    conditions: list[Term]
    body: list[str]


class Code:
    """Compiles expressions of one codec to predicates, and is the ground that programs stand on."""

    def __init__(self, codec: Codec, unroll: int = 64) -> None:
        self.codec = codec
        self.emitter = Emitter(codec, unroll)
        self.view = "k" if codec.typecode == "B" else f"V(k).cast('{codec.typecode}')"
        self.space: dict[str, Any] = {
            "V": memoryview, "A": array, "inside": inside, "placed": placed, "filled": filled
        }  # fmt: skip

    def define(self, name: str, source: str, space: dict[str, Any] | None = None) -> Any:
        """Run generated source, with the helpers it needs, and give the function it defines."""
        target = self.space if space is None else space
        exec(compile(self.emitter.drain(), "<helpers>", "exec"), target)
        exec(compile(source, f"<{name}>", "exec"), target)
        return target[name]

    def predicate(self, expression: Expression) -> Callable[[Key], bool]:
        """Whether a state satisfies a closed expression."""
        return self.any_of((expression,))

    def any_of(self, expressions: Iterable[Expression]) -> Callable[[Key], bool]:
        """Whether a state satisfies at least one of some closed expressions."""
        environment = self.emitter.environment()
        term = either([self.emitter.term(expression, environment) for expression in expressions])
        name = self.emitter.name()
        return cast(
            Callable[[Key], bool], self.define(name, f"def {name}(k):\n s = {self.view}\n return {term.text}\n")
        )


class Program:
    """The steps of a system as code.

    Plain programs put encoded states into `found.protocol` and `found.other`; labelled ones put pairs of label and
    encoded state. `flagged` names actions that are reported in `found.flags` each time they can be taken.
    """

    def __init__(self, code: Code, labelled: bool = False, flagged: frozenset[str] = frozenset()) -> None:
        self.code = code
        self.codec = code.codec
        self.system = code.codec.layout.system
        self.labelled = labelled
        self.flagged = flagged
        self.found = Successors(counts=[0] * len(self.system.actions))
        found = self.found
        self.space: dict[str, Any] = code.space | {
            "add": found.protocol.append, "more": found.other.append, "note": found.flags.append, "n": found.counts
        }  # fmt: skip

    @cached_property
    def expand(self) -> Callable[[Key], None]:
        """Fills `found` (which the caller clears) with the successors of a state."""
        lines = ["def expand(k):", f" s = {self.code.view}"]
        free = [i for i, action in enumerate(self.system.actions) if action.thread not in self.system.thread]
        for thread in self.system.threads:
            lines += self._dispatch(thread)
        lines += self._group(free, self.code.emitter.environment(), ())
        lines.append(" return")
        return cast(Callable[[Key], None], self.code.define("expand", "\n".join(lines) + "\n", self.space))

    def _dispatch(self, thread: Thread) -> list[str]:
        """One table a thread instance: its location chooses the code to run."""
        emitter, codec = self.code.emitter, self.codec
        size = codec.size(self.system.function[thread.control].range)
        located = Located(self.system.actions, thread, codec)
        lines: list[str] = []
        for chosen in emitter.choices(thread.parameters):
            environment = emitter.environment().bind(thread.parameters, chosen)
            cell = emitter.cell(thread.control, thread.parameters, environment)
            table: list[Callable[..., None] | None] = [None] * size
            for place in range(size):
                if located.at(place):
                    table[place] = self._lazily(table, place, located.at(place), cell.low, chosen)
            name = emitter.name()
            self.space[name] = table
            if any(table):
                lines += [f" f = {name}[s[{cell.text}]]", " if f: f(k, s)"]
        return lines

    def _lazily(
        self,
        table: list[Callable[..., None] | None],
        place: int,
        actions: list[int],
        cell: int,
        chosen: tuple[Term, ...],
    ) -> Callable[..., None]:
        def make(k: Key, s: Sequence[int]) -> None:
            name = self.code.emitter.name()
            environment = replace(self.code.emitter.environment(), known={cell: place})
            body = self._group(actions, environment, chosen)
            made = self.code.define(name, "\n".join([f"def {name}(k, s):", *body, " return"]) + "\n", self.space)
            table[place] = made if body else None
            made(k, s)

        return make

    def _group(self, actions: list[int], environment: Environment, fixed: tuple[Term, ...]) -> list[str]:
        """The text of some actions; `fixed` gives the first parameters of each."""
        branches: list[Branch] = []
        for number in actions:
            action = self.system.actions[number]
            taken, free = action.parameters[: len(fixed)], action.parameters[len(fixed) :]
            start = environment.bind(taken, fixed)
            split = _unrolled(self.code.emitter, free, environment.room)
            for chosen in self.code.emitter.choices(free[:split]):
                branch = self._branch(number, action, start.bind(free[:split], chosen), free[split:])
                if branch is not None:
                    branches.append(branch)
        return _nested(_shared_first(branches), 1, 0)

    def _branch(
        self, number: int, action: Action, environment: Environment, looped: Sequence[Variable]
    ) -> Branch | None:
        emitter = self.code.emitter
        terms, lines = emitter.loops(looped)
        inner = environment.bind(looped, terms)
        local = frozenset[str]().union(*(term.names for term in terms))
        conditions: list[Term] = []
        for guard in action.guards:
            for part in conjuncts(guard.expression):
                term = emitter.term(part, inner)
                if term == FALSE:
                    return None
                if term != TRUE:
                    conditions.append(term)
        body = self._step(number, action, inner)
        if not lines:
            return Branch(conditions, body)
        within = both(term for term in conditions if term.names & local)
        nested = [" " * i + line for i, line in enumerate(lines)]
        nested += [" " * len(lines) + f"if {within.text}:"]
        nested += [" " * (len(lines) + 1) + line for line in body]
        return Branch([term for term in conditions if not term.names & local], nested)

    def _step(self, number: int, action: Action, environment: Environment) -> list[str]:
        """Count the step, test its obligations, and make the state after it."""
        parameters = [
            coded(self.codec, environment.bindings[parameter.name], parameter.type).text
            for parameter in action.parameters
        ]
        label = f"({','.join([str(number), *parameters])},)"
        lines = [f"n[{number}] += 1"]
        if action.name in self.flagged:
            lines.append(f"note(({label},-1))")
        effect = self._effect(action, environment, label)
        broken = [self._broken(obligation, environment) for obligation in action.obligations]
        for place, term in enumerate(broken):
            if term != FALSE:
                lines.append(f"{'if' if lines[-1][0] != ' ' else 'elif'} {term.text}:")
                lines.append(f" note(({label},{place}))")
        if lines[-1][0] == " ":
            return [*lines, "else:", *(" " + line for line in effect)]
        return [*lines, *effect]

    def _effect(self, action: Action, environment: Environment, label: str) -> list[str]:
        narrow = self.codec.typecode == "B"
        add = "add" if action.kind == "protocol" else "more"
        writes = [line for write in action.writes for line in self._write(write, environment)]
        after = ("bytes(b)" if narrow else "b.tobytes()") if writes else "k"
        made = f"{add}(({label},{after}))" if self.labelled else f"{add}({after})"
        if not writes:
            return [made]
        return ["b = bytearray(k)" if narrow else f"b = A('{self.codec.typecode}', k)", *writes, made]

    def _write(self, write: Write, environment: Environment) -> list[str]:
        emitter = self.code.emitter
        type_ = self.system.function[write.function].range
        split = _unrolled(emitter, write.binders, environment.room)
        lines: list[str] = []
        for chosen in emitter.choices(write.binders[:split]):
            terms, loops = emitter.loops(write.binders[split:])
            inner = environment.bind(write.binders, [*chosen, *terms])
            where = emitter.term(write.where, inner)
            if where == FALSE:
                continue
            cell = emitter.cell(write.function, write.indices, inner)
            assignment = f"b[{cell.text}] = {emitter.stored(write.value, type_, inner).text}"
            lines += [" " * i + line for i, line in enumerate(loops)]
            lines.append(" " * len(loops) + (assignment if where == TRUE else f"if {where.text}: {assignment}"))
        return lines

    def _broken(self, obligation: Obligation, environment: Environment) -> Term:
        """Whether the step breaks an obligation, which is the negation of a quantifier."""
        condition = conjunction((obligation.where, negation(obligation.expression)))
        return self.code.emitter.term(Quantifier("some", obligation.binders, condition), environment)

    def successors(self, key: Key) -> list[tuple[Label, Key]]:
        """The steps that lead on from a state and where to, protocol steps first. For labelled programs."""
        self.found.clear()
        self.expand(key)
        return [*self.found.protocol, *self.found.other]

    def step(self, label: Label) -> Step:
        """The step that a label stands for."""
        action = self.system.actions[label[0]]
        scope = self.codec.layout.scope
        arguments = zip(action.parameters, label[1:], strict=True)
        return Step(action.name, tuple(values(parameter.type, scope)[code] for parameter, code in arguments))


def _unrolled(emitter: Emitter, variables: Sequence[Variable], room: int) -> int:
    """How many of the variables, from the first, are few enough together to be written out."""
    for split in range(len(variables), 0, -1):
        if emitter.count(variables[:split]) <= room:
            return split
    return 0


def _shared_first(branches: list[Branch]) -> list[Branch]:
    """The conditions that most branches share come first, so that testing them once can skip many."""
    shared: dict[str, int] = {}
    for branch in branches:
        for term in branch.conditions:
            shared[term.text] = shared.get(term.text, 0) + 1
    return [
        Branch(sorted(branch.conditions, key=lambda term: (-shared[term.text], len(term.text))), branch.body)
        for branch in branches
    ]


def _nested(branches: list[Branch], indent: int, level: int) -> list[str]:
    """Branches as nested tests: those that follow each other and begin with the same condition share it."""
    pad = " " * indent
    lines: list[str] = []
    position = 0
    while position < len(branches):
        branch = branches[position]
        if not branch.conditions:
            lines += [pad + line for line in branch.body]
            position += 1
            continue
        first = branch.conditions[0]
        end = position
        while end < len(branches) and branches[end].conditions and branches[end].conditions[0].text == first.text:
            end += 1
        if level >= DEEPEST_NEST:
            lines.append(f"{pad}if {both(branch.conditions).text}:")
            lines += [f"{pad} {line}" for line in branch.body]
            position += 1
            continue
        rest = [Branch(branch.conditions[1:], branch.body) for branch in branches[position:end]]
        lines.append(f"{pad}if {first.text}:")
        lines += _nested(rest, indent + 1, level + 1)
        position = end
    return lines
