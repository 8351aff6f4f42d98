"""Which steps can be taken in a state, and what it breaks, by the explicit engine's generated code.

The reference semantics gives the same answers in the same order; it takes a hundred times as long, which is too long to
ask before every step of a walk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from hvmodel.expression import negation
from hvmodel.semantics import Step, breaches, enabled, holds
from hvmodel.state import Layout, State
from hvmodel.system import Property

from ..explicit.codegen import Code, OutsideError, Program
from ..explicit.codes import Codec, UnfitError, fit


class Fast:
    """Answers about states of a system in a scope. Where no code can be generated, the reference answers."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._codec = Codec(layout)
        self._tests: dict[str, Callable[[bytes], bool]] = {}
        try:
            fit(layout.system, layout.scope)
            self._fit = True
        except UnfitError:
            self._fit = False

    @cached_property
    def _code(self) -> Code:
        return Code(self._codec)

    @cached_property
    def _program(self) -> Program:
        return Program(self._code, labelled=True)

    def steps(self, state: State, breaking: bool) -> Mapping[str, tuple[Step, ...]]:
        """The steps that can be taken, by action in the system's order; without `breaking`, none that breaks an
        obligation."""
        found: dict[str, tuple[Step, ...]] = {}
        for step in self._steps(state, breaking):
            found[step.action] = (*found.get(step.action, ()), step)
        return found

    def _steps(self, state: State, breaking: bool) -> Sequence[Step]:
        if self._fit:
            try:
                program = self._program
                labels = [label for label, _ in program.successors(self._codec.encode(state))]
                if breaking:
                    labels += [label for label, _ in program.found.flags]
                return [program.step(label) for label in sorted(labels)]
            except (OutsideError, UnfitError):
                pass
        steps = list(enabled(self._layout, state))
        return steps if breaking else [step for step in steps if not any(breaches(self._layout, state, step))]

    def broken(self, state: State, claims: Sequence[Property]) -> str:
        """The first of some claims about states that a state breaks, or ""."""
        if self._fit:
            try:
                key = self._codec.encode(state)
                return next((claim.name for claim in claims if self._test(claim)(key)), "")
            except (OutsideError, UnfitError):
                pass
        broken = (claim.name for claim in claims if not holds(claim.expression, self._layout, state))
        return next(broken, "")

    def _test(self, claim: Property) -> Callable[[bytes], bool]:
        if claim.name not in self._tests:
            self._tests[claim.name] = self._code.predicate(negation(claim.expression))
        return self._tests[claim.name]
