"""The Hypothesis state machine of a system: a rule for every action, properties and conformance after every step."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from hvmodel.concrete import Disturbance
from hvmodel.semantics import Step
from hvmodel.state import State
from hvmodel.system import Action

from .session import Bench, Session, Tally
from .walk import walk


class ConformanceMachine(RuleBasedStateMachine):
    """What all machines share: a session on fresh files. `machine_for` adds the rules of a system."""

    bench: Bench
    tally: Tally

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(self.bench, self.tally)
        self._state: State | None = None
        self._offered: Mapping[str, tuple[Step, ...]] = {}

    @property
    def offered(self) -> Mapping[str, tuple[Step, ...]]:
        """The steps that can be taken now, by action. Hypothesis asks every rule, so a state is looked up once."""
        if self._state is not self.session.state:
            self._state = self.session.state
            self._offered = self.bench.enabled(self._state)
        return self._offered

    def teardown(self) -> None:
        self.session.close()


def machine_for(bench: Bench, tally: Tally, depth: int) -> type[ConformanceMachine]:
    """The machine of a system. An example starts with a walk of up to `depth` moves that Hypothesis chose by a seed,
    because steps drawn one by one hardly ever get to the end of a protocol."""
    rules = {f"take_{i}": _rule_of(action, f"take_{i}") for i, action in enumerate(bench.layout.system.actions)}
    namespace = {"bench": bench, "tally": tally, "advance": _advance(depth), **rules}
    befalls = bench.target.disturbances
    namespace["disturb" if befalls else "rest"] = _disturb(befalls) if befalls else _rest()
    return type("SystemMachine", (ConformanceMachine,), namespace)


def _rule_of(action: Action, name: str) -> Any:
    def take(self: ConformanceMachine, data: st.DataObject) -> None:
        self.session.take(data.draw(st.sampled_from(self.offered[action.name])))

    def offered(self: ConformanceMachine) -> bool:  # a lambda's text would be looked up each time it is asked
        return action.name in self.offered

    take.__name__ = name  # an action's own name need not be an identifier
    return precondition(offered)(rule(data=st.data())(take))


def _advance(depth: int) -> Any:
    def advance(self: ConformanceMachine, length: int, seed: int) -> None:
        walk(self.bench, self.session, self.session.taken, random.Random(seed), length)

    lengths = st.just(0) | st.integers(0, depth)
    return initialize(length=lengths, seed=st.integers(0, 2**16 - 1))(advance)


def _rest() -> Any:
    """Hypothesis wants a rule even where the system has come to its end."""

    def rest(self: ConformanceMachine) -> None:
        pass

    def stuck(self: ConformanceMachine) -> bool:
        return not self.offered

    return precondition(stuck)(rule()(rest))


def _disturb(kinds: tuple[Disturbance, ...]) -> Any:
    def disturb(self: ConformanceMachine, kind: Any) -> None:
        self.session.take(kind)

    return rule(kind=st.sampled_from(kinds))(disturb)
