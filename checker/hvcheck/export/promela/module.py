"""A whole system as one Promela file.

A process has one location, the head of its loop, and every option of the loop is one `d_step`: so Spin stores exactly
the states that hvcheck counts. Each instance of a thread is a process of its own because that is what Spin can be
fair to; what nothing makes happen stands in the process World.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from hvmodel.expression import reads
from hvmodel.state import Layout
from hvmodel.system import Action, Function, Scope, System
from hvmodel.types import Bool, Type
from hvmodel.wording import described

from ...explicit.codes import fit
from ..claims import Claims, claims_of
from ..exported import Exported
from ..ground import Ground, TooLargeError
from ..instances import Call, Grouped, Instance, grouped
from ..origin import Origin
from . import heading
from .claims import checks, monitors, never_claims
from .steps import StepText, step_text
from .terms import Term, Terms
from .vocabulary import Vocabulary, vocabulary

MOST_PROCESSES = 250
"""Spin can tell 255 processes apart; beyond it everything is in World, and no claim about fair runs can be made."""

MOST_CALLS = 20_000
"""Options of loops beyond which Spin's C takes longer to compile than anyone waits."""


def promela(system: System, scope: Scope, origin: Origin) -> Exported:
    """The system in a scope for Spin. Raises UnfitError or TooLargeError."""
    return _Module(fit(system, scope), origin).exported()


@dataclass(frozen=True)
class _Module:
    layout: Layout
    origin: Origin

    @cached_property
    def words(self) -> Vocabulary:
        return vocabulary(self.layout)

    @cached_property
    def ground(self) -> Ground:
        return Ground(self.layout)

    @cached_property
    def claims(self) -> Claims:
        return claims_of(self.layout.system)

    @cached_property
    def grouped(self) -> Grouped:
        found = grouped(self.layout)
        number = len(found.others) + sum(len(one.calls) for one in found.fair)
        if number > MOST_CALLS:
            raise TooLargeError(f"{number:,} steps with their arguments are too many for Spin: choose a smaller scope")
        if len(found.fair) < MOST_PROCESSES:
            return found
        return Grouped((), (*(call for one in found.fair for call in one.calls), *found.others))

    @cached_property
    def inlines(self) -> dict[str, str]:
        """What each action is called."""
        return {action.name: self.words.names.fresh(action.name) for action in self.layout.system.actions}

    @cached_property
    def prefix(self) -> str:
        return self.words.names.fresh("aside")

    def exported(self) -> Exported:
        unfair = bool(self.claims.answers) and not self.grouped.fair and any(a.fair for a in self.layout.system.actions)
        claims = Claims(self.claims.sought, () if unfair else self.claims.answers, self.claims.ended, ())
        missing = self.claims.left_out
        if unfair:
            missing += tuple(
                f"{one.claim.name}: Spin cannot be fair to so many branches; choose a smaller scope"
                for one in self.claims.answers
            )
        terms = Terms(self.words)
        named = checks(self.layout.system, self.words.names)
        steps = {action.name: self._step(action) for action in self.layout.system.actions}
        processes = list(self._processes(steps, monitors(claims, named, self.ground, terms)))
        body = [
            *self._macros(),
            *heading.conditions(claims, named),
            *self._variables(steps.values()),
            *(line for action in self.layout.system.actions for line in self._inline(action, steps[action.name])),
            *processes,
            *never_claims(claims, named, self.ground, terms),
        ]
        top = heading.lines(self.layout, self.origin, claims, named, missing, self._process_count, self._bytes)
        return Exported("\n".join([*top, *body]) + "\n", missing)

    @property
    def _process_count(self) -> int:
        return len(self.grouped.fair) + 1

    @property
    def _bytes(self) -> int:
        """An upper bound on Spin's state vector."""
        cells = sum(
            self.words.width(function) * _WIDTH[self._kind(function.range)] for function in self.layout.system.functions
        )
        return cells + 8 * (len(self.layout.system.functions) + self._process_count) + 64

    def _macros(self) -> Iterator[str]:
        """Numbers for the values that have names."""
        yield "/* Values */"
        for (type_, value), name in self.words.constants.items():
            yield f"#define {name} {self.words.number(value, type_)}"
        for option, name in self.words.nones.items():
            yield f"#define {name} {self.words.number(None, option)}"
        yield ""

    def _kind(self, type_: Type) -> str:
        if isinstance(type_, Bool):
            return "bool"
        low, high = self.words.bounds(type_)
        if low >= 0 and high <= 255:
            return "byte"
        return "short" if low >= -(2**15) and high < 2**15 else "int"

    def _variables(self, steps: Iterable[StepText | None]) -> Iterator[str]:
        yield "/* State */"
        for function in self.layout.system.functions:
            name, width = self.words.functions[function.name], self.words.width(function)
            literal = self.ground.literal(function.initial.value, function.range)
            start = Terms(self.words).term(literal).text
            remark = f"  /* {_indices(function.domain)}{function.range} */"
            if not function.domain:
                yield f"{self._kind(function.range)} {name} = {start};{remark}"
                continue
            array = name
            if len(function.domain) > 1:
                array = self.words.names.fresh(f"{name} cells")
                yield f"#define {name}({', '.join(_LETTERS[: len(function.domain)])}) {array}[{self._offset(function)}]"
            yield f"{self._kind(function.range)} {array}[{width}] = {start};{remark}"
        most = max((step.asides for step in steps if step), default=0)
        for number in range(1, most + 1):
            yield f"hidden int {self.prefix}{number};  /* not part of the state */"
        yield ""

    def _offset(self, function: Function) -> str:
        text = ""
        for letter, size in zip(_LETTERS, self.words.sizes(function), strict=False):
            text = f"({letter})" if not text else f"({text} * {size} + ({letter}))"
        return text[1:-1]

    def _parameters(self, action: Action) -> list[str]:
        chosen: list[str] = []
        for parameter in action.parameters:
            chosen.append(self.words.names.local(parameter.name.partition("'")[0], chosen))
        return chosen

    def _step(self, action: Action) -> StepText | None:
        variables = {
            parameter.name: Term(name, parameter.type)
            for parameter, name in zip(action.parameters, self._parameters(action), strict=True)
        }
        return step_text(action, self.ground, Terms(self.words, variables), self.prefix)

    def _inline(self, action: Action, step: StepText | None) -> Iterator[str]:
        if step is None:
            return
        remark = self.origin.remark(action.span)
        yield f"/* {_safe(remark or described(action) or action.name)} */"
        yield f"inline {self.inlines[action.name]}({', '.join(self._parameters(action))}) {{"
        yield "\td_step {"
        conditions = step.conditions or ("true",)
        for condition in conditions[:-1]:
            yield f"\t\t{condition} &&"
        yield f"\t\t{conditions[-1]} ->"
        assignments = step.assignments or ("skip",)
        yield from (f"\t\t{line}" for line in assignments)
        yield "\t}"
        yield "}"
        yield ""

    def _processes(self, steps: dict[str, StepText | None], watching: Sequence[str]) -> Iterator[str]:
        for instance in self.grouped.fair:
            calls = [self._call(call) for call in instance.calls if steps[call.action.name]]
            if calls:
                yield from _process(self.words.names.fresh(self._called(instance)), calls)
        calls = [self._call(call) for call in self.grouped.others if steps[call.action.name]]
        idle = ["#ifdef LEADS_TO", "\t:: d_step { true -> skip }  /* nothing need ever happen here */", "#endif"]
        own = [*calls, *self._kept_alive()] or ["\t:: false"]
        yield from _process("World", [*own, *watching, *idle])

    def _kept_alive(self) -> Iterator[str]:
        """An option that is never taken but reads what no step does: Spin drops variables that are never read."""
        read = frozenset[str]().union(*map(_read_by, self.layout.system.actions))
        silent = [function for function in self.layout.system.functions if function.name not in read]
        if silent:
            cells = " + ".join(self._first_cell(function) for function in silent)
            yield "\t/* never taken: Spin would drop from the state what nothing reads */"
            yield f"\t:: false && {cells} == 0 -> skip"

    def _first_cell(self, function: Function) -> str:
        return Terms(self.words).named(function.name, ["0"] * len(function.domain))

    def _called(self, instance: Instance) -> str:
        thread = instance.thread
        name = thread.name if thread else instance.calls[0].action.name
        return " ".join([name, "process", *map(str, instance.arguments)])

    def _call(self, call: Call) -> str:
        terms = Terms(self.words)
        values = [
            terms.term(self.ground.literal(value, parameter.type)).text
            for parameter, value in zip(call.action.parameters, call.arguments, strict=True)
        ]
        return f"\t:: {self.inlines[call.action.name]}({', '.join(values)})"


_WIDTH = {"bool": 1, "byte": 1, "short": 2, "int": 4}
_LETTERS = tuple("abcdefghijklmnop")


def _read_by(action: Action) -> frozenset[str]:
    read = [action.guard, *(obligation.expression for obligation in action.obligations)]
    for write in action.writes:
        read += [write.where, write.value, *write.indices]
    return frozenset[str]().union(*map(reads, read))


def _process(name: str, options: Sequence[str]) -> Iterator[str]:
    yield f"active proctype {name}() {{"
    yield "REST"
    yield "\tdo"
    yield from options
    yield "\tod"
    yield "}"
    yield ""


def _indices(domain: Sequence[Type]) -> str:
    return f"for each {', '.join(map(str, domain))}: " if domain else ""


def _safe(text: str) -> str:
    return text.replace("*/", "* /").replace("/*", "/ *")
