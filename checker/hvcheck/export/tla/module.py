"""A whole system as one TLA+ module, and the configuration with which TLC checks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import wrap

from hvmodel.expression import Variable
from hvmodel.state import Layout, values
from hvmodel.system import Action, Function, Scope, System
from hvmodel.wording import described

from ...explicit.codes import fit
from ..claims import Claims, claims_of
from ..exported import Exported
from ..names import plain
from ..origin import Origin
from .steps import action_lines
from .terms import Terms
from .vocabulary import Vocabulary, vocabulary


def tla(system: System, scope: Scope, origin: Origin) -> Exported:
    """The system in a scope as a TLA+ module. Raises UnfitError."""
    return _Module(fit(system, scope), origin).exported()


def tla_config(system: System, scope: Scope, origin: Origin) -> Exported:
    """What TLC is to check of that module."""
    return _Module(fit(system, scope), origin).configuration()


@dataclass(frozen=True)
class _Module:
    layout: Layout
    origin: Origin

    @cached_property
    def words(self) -> Vocabulary:
        return vocabulary(self.layout)

    @cached_property
    def terms(self) -> Terms:
        return Terms(self.words)

    @cached_property
    def claims(self) -> Claims:
        return claims_of(self.layout.system)

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """TLC's own search for deadlock would take the end of the protocol for one."""
        return tuple(
            f"{claim.name}: that the protocol can always still go on is not a claim about single runs"
            for claim in self.claims.ended
        )

    @cached_property
    def actions(self) -> dict[str, str]:
        return {action.name: self.words.names.fresh(action.name) for action in self.layout.system.actions}

    @cached_property
    def properties(self) -> dict[str, str]:
        """What each property is called; a cover is the claim that it is not reached."""
        words = [(sought.claim, "Not " if sought.claim.claim == "cover" else "") for sought in self.claims.sought]
        words += [(answer.claim, "") for answer in self.claims.answers]
        return {claim.name: self.words.names.fresh(f"{prefix}{claim.name}") for claim, prefix in words}

    def __post_init__(self) -> None:
        # Actions are named before properties, whatever is asked for first, so that module and configuration agree.
        _ = self.actions, self.properties

    def exported(self) -> Exported:
        return Exported("\n".join(self._lines()) + "\n", self.left_out)

    def configuration(self) -> Exported:
        lines = [f"\\* {self.origin.heading}", "SPECIFICATION Spec", "CONSTANT none = none"]
        for sought in self.claims.sought:
            cover = sought.claim.claim == "cover"
            note = "\\* what violates it reaches the cover: " if cover else ""
            lines.append(f"{note}INVARIANT {self.properties[sought.claim.name]}")
        lines += [f"PROPERTY {self.properties[answer.claim.name]}" for answer in self.claims.answers]
        return Exported("\n".join(lines) + "\n", self.left_out)

    def _lines(self) -> Iterator[str]:
        title = f" MODULE {plain(self.origin.name)} "
        yield title.center(100, "-")
        yield from self._heading()
        yield "EXTENDS Integers"
        yield "CONSTANT none"
        yield ""
        for type_, name in self.words.sets.items():
            elements = ", ".join(self.words.value(value, type_) for value in values(type_, self.layout.scope))
            yield f"{name} == {{{elements}}}"
        yield ""
        functions = self.layout.system.functions
        yield from self._variables(functions)
        for action in self.layout.system.actions:
            yield f"\\* {self.origin.remark(action.span) or described(action) or action.name}"
            yield from action_lines(action, self.actions[action.name], self.terms)
            yield ""
        yield from self._next()
        yield from self._properties()
        yield "=" * 100

    def _heading(self) -> Iterator[str]:
        yield from _comment(self.origin.heading)
        scope = self.layout.scope
        yield from _comment(f"In scope {scope.name}: {scope}. Made by `hvcheck export --tla`.")
        yield from _comment("The configuration is made by `hvcheck export --cfg`; check with `tlc2.TLC -deadlock`.")
        for sentence in self.left_out:
            yield from _comment(f"Not said here: {sentence}")

    def _variables(self, functions: Sequence[Function]) -> Iterator[str]:
        names = [self.words.functions[function.name] for function in functions]
        if not functions:
            yield from ("VARIABLE nothing", "vars == nothing", "Init == nothing = 0", "")
            return
        yield "VARIABLES"
        for position, (function, name) in enumerate(zip(functions, names, strict=True)):
            domain = f"for each {', '.join(map(str, function.domain))}: " if function.domain else ""
            comma = "," if position < len(functions) - 1 else ""
            yield f"  {name}{comma}  \\* {domain}{function.range}"
        yield f"vars == <<{', '.join(names)}>>"
        yield ""
        yield "Init =="
        for function, name in zip(functions, names, strict=True):
            yield f"  /\\ {name} = {self._start(function)}"
        yield ""

    def _start(self, function: Function) -> str:
        value = self.words.value(function.initial.value, function.range)
        if not function.domain:
            return value
        indices = tuple(Variable(f"at{i}", type_) for i, type_ in enumerate(function.domain))
        return f"[{self.terms.binding(indices).binders(indices)} |-> {value}]"

    def _next(self) -> Iterator[str]:
        system = self.layout.system
        yield "Next =="
        yield from (f"  \\/ {self._some(action, ())}" for action in system.actions)
        if not system.actions:
            yield "  FALSE"
        yield ""
        fair = list(self._fair(system))
        if fair:
            yield "\\* What can go on for ever without being hindered goes on: of every branch by itself."
            yield "Fairness =="
            yield from (f"  /\\ {one}" for one in fair)
            yield ""
        yield f"Spec == Init /\\ [][Next]_vars{' /' + chr(92) + ' Fairness' if fair else ''}"
        yield ""

    def _fair(self, system: System) -> Iterator[str]:
        fair = [action for action in system.actions if action.fair]
        for thread in system.threads:
            own = [action for action in fair if action.thread == thread.name]
            if own:
                inner = self.terms.binding(thread.parameters)
                places = tuple(inner.variables[parameter.name] for parameter in thread.parameters)
                steps = " \\/ ".join(self._some(action, places, inner) for action in own)
                each = f"\\A {inner.binders(thread.parameters)} : " if places else ""
                yield f"{each}WF_vars({steps})"
        for action in fair:
            if action.thread not in system.thread:
                inner = self.terms.binding(action.parameters)
                places = tuple(inner.variables[parameter.name] for parameter in action.parameters)
                each = f"\\A {inner.binders(action.parameters)} : " if places else ""
                yield f"{each}WF_vars({self._some(action, places, inner)})"

    def _some(self, action: Action, places: Sequence[str], terms: Terms | None = None) -> str:
        """The action for some values of its parameters, of which the first are given."""
        free = action.parameters[len(places) :]
        inner = (terms or self.terms).binding(free)
        arguments = [*places, *(inner.variables[parameter.name] for parameter in free)]
        call = self.actions[action.name] + (f"({', '.join(arguments)})" if arguments else "")
        return f"(\\E {inner.binders(free)} : {call})" if free else call

    def _properties(self) -> Iterator[str]:
        for sought in self.claims.sought:
            yield f"\\* {sought.claim.claim}: {sought.claim.title or sought.claim.name}"
            yield f"{self.properties[sought.claim.name]} == ~({self.terms.term(sought.state)})"
        for answer in self.claims.answers:
            yield f"\\* {answer.claim.claim}: {answer.claim.title or answer.claim.name}"
            trigger, after = self.terms.term(answer.trigger), self.terms.term(answer.answer)
            yield f"{self.properties[answer.claim.name]} == ({trigger}) ~> ({after})"


def _comment(text: str) -> Iterator[str]:
    yield from (f"\\* {line}" for line in wrap(text, 110))
