"""Generated code and the reference semantics give walks the same steps in the same order, and break the same claims."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from hvcheck.stateful.fast import Fast
from hvmodel.expression import FALSE
from hvmodel.semantics import apply, breaches, enabled, holds
from hvmodel.state import Layout
from hvmodel.system import Obligation, Property, Scope
from hvspec.compile import compile_system
from hvspec.load import load

from .sample import SCOPE, backup


def sample() -> Layout:
    """With a step that breaks an obligation."""
    bad = Obligation("requires", FALSE, "never to be called")
    system = backup()
    actions = tuple(replace(one, obligations=(bad,)) if one.name == "Shadow" else one for one in system.actions)
    return Layout(replace(system, actions=actions), SCOPE)


def era(name: str, scenario: str) -> Layout:
    spec, _ = load(name)
    assert spec is not None
    system, scope, _ = compile_system(spec, scenario=scenario)
    assert system is not None
    assert scope is not None
    return Layout(system, scope)


@pytest.mark.parametrize(
    "layout",
    [sample(), era("ws2016", "host_crashes"), era("ws2012r2", "switch_without_hold")],
    ids=("sample", "ws2016", "ws2012r2"),
)
def test_it_answers_as_the_reference_does(layout: Layout) -> None:
    fast, source, broken = Fast(layout), random.Random(5), set[str]()
    claims = [one for one in layout.system.properties if one.claim in ("always", "invariant", "at most")]
    state = layout.initial
    for _ in range(40):
        steps = list(enabled(layout, state))
        assert [step for group in fast.steps(state, True).values() for step in group] == steps
        right = [step for step in steps if not any(breaches(layout, state, step))]
        assert [step for group in fast.steps(state, False).values() for step in group] == right
        wrong = [claim.name for claim in claims if not holds(claim.expression, layout, state)]
        assert fast.broken(state, claims) == next(iter(wrong), "")
        broken.update(wrong)
        if not right:
            break
        state = apply(layout, state, source.choice(right))
    assert state != layout.initial
    if layout.system.name == "backup":
        assert broken == {"NeverWritten"}


def test_where_no_code_fits_the_reference_answers() -> None:
    layout = Layout(backup(), Scope("small", (("DISK", 2), ("BLOCK", 2), ("DATA", 0))))
    fast = Fast(layout)
    assert list(fast.steps(layout.initial, True)) == ["Prepare"]
    assert fast.broken(layout.initial, (Property("No", "always", FALSE),)) == "No"
