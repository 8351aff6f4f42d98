"""Runs of a compressed system with the merged steps put back (see `compress`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from hvmodel.semantics import Step, apply, is_enabled
from hvmodel.state import Layout, State, values

from .compress import Link


@dataclass
class Expansion:
    """A run of the full system, taken along the steps of a compressed one. `marks[i]`: steps before its step `i`.

    Put back is what a step needs to be taken, so that the run is short; with `settled` every merged step, at once: then
    the states after it are those of the compressed run, so that loops close and nobody can move who cannot there.
    Steps that cannot be taken are taken over as they are: whoever replays the run will say so.
    """

    layout: Layout
    links: Sequence[Link]
    settled: bool = False
    steps: list[Step] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)

    def follow(self, given: Sequence[Step]) -> None:
        state = self.layout.initial
        for step in given:
            self.marks.append(len(self.steps))
            state = self._until(state, step)
            if not is_enabled(self.layout.system.action[step.action], step.arguments, self.layout, state):
                self.steps.append(step)
                return
            state = self._take(state, step)
            while self.settled and (rest := next(self._resting(state), None)) is not None:
                state = self._take(state, rest)
        self.marks.append(len(self.steps))

    def _until(self, state: State, step: Step) -> State:
        """Put back what the thread that takes the step has to do before."""
        action = self.layout.system.action[step.action]
        own = step.arguments[: len(self.layout.system.thread[action.thread].parameters)] if action.thread else ()
        while not is_enabled(action, step.arguments, self.layout, state):
            waiting = (rest for rest in self._resting(state, action.thread) if rest.arguments == own)
            rest = next(waiting, None)
            if rest is None:
                return state
            state = self._take(state, rest)
        return state

    def _resting(self, state: State, thread: str | None = None) -> Iterator[Step]:
        """The merged steps that can be taken."""
        for link in self.links:
            if thread in (None, link.thread.name):
                types = [parameter.type for parameter in link.thread.parameters]
                for own in product(*(values(type_, self.layout.scope) for type_ in types)):
                    if state.read(self.layout, link.thread.control, *own) == link.at:
                        yield Step(link.action.name, own)

    def _take(self, state: State, step: Step) -> State:
        self.steps.append(step)
        return apply(self.layout, state, step)
