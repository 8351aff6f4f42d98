"""`leads to` of the shipped eras in small scopes, as they are and with a step made unfair: as the reference says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hvcheck.explicit.judge import breaks
from hvcheck.explicit.liveness import Liveness
from hvcheck.verdict import Confirmed
from hvmodel.expression import FALSE
from hvmodel.system import Scope, System
from hvspec.compile import compile_system
from hvspec.library import era_names
from hvspec.load import load

from .explored import compiled, natively

SMALL = {"VM": 1, "DISK": 1, "BLOCK": 1}


def scenarios(era: str) -> list[str]:
    spec, _ = load(era)
    assert spec is not None
    return [scenario.name for scenario in spec.scenarios]


def small(era: str, scenario: str) -> tuple[System, Scope]:
    spec, _ = load(era)
    assert spec is not None
    system, scope, wrong = compile_system(spec, scenario=scenario, settings=SMALL)
    assert system is not None, wrong
    assert scope is not None
    return system, scope


def found(system: System, scope: Scope) -> int:
    """How many claims are broken; each run is the one that the reference finds."""
    search = compiled(system, scope)
    assert search.finished
    claims = [claim for claim in system.properties if claim.claim == "leads to"]
    unanswered, broken = natively(search, claims), 0
    for claim in claims:
        (run,) = [event for event in unanswered.run(claim) if isinstance(event, Confirmed)] or [None]
        reference = Liveness(search, claim.trigger or FALSE, claim.expression)
        (other,) = [event for event in reference.run() if isinstance(event, Confirmed)] or [None]
        assert (run and run.trace) == (other and other.trace)
        assert run is None or breaks(claim, run)
        broken += run is not None
    return broken


def unfair(system: System, name: str) -> System:
    return replace(
        system, actions=tuple(replace(action, fair=action.fair and action.name != name) for action in system.actions)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("era", "scenario"), [(era, scenario) for era in era_names() for scenario in scenarios(era)])
def test_leads_to_is_judged_as_by_the_reference(era: str, scenario: str) -> None:
    system, scope = small(era, scenario)
    assert not found(system, scope)
    fair = [action.name for action in system.actions if action.fair]
    assert any(found(unfair(system, name), scope) for name in fair[:: len(fair) // 2])
