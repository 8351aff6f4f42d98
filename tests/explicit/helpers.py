"""What the tests ask of the engine, in a line."""

from __future__ import annotations

from hvcheck.engine import Budget, Progress
from hvcheck.explicit import ExplicitEngine
from hvcheck.verdict import Verdict
from hvmodel.system import Scope, System

NO_LIMIT = Budget()


def verdicts(
    system: System, scope: Scope, budget: Budget = NO_LIMIT, unroll: int = 64, reference: bool = False
) -> dict[str, Verdict]:
    """The verdict on every property; exactly one each."""
    events = list(ExplicitEngine(unroll, reference).run(system, system.properties, scope, budget))
    found = [event for event in events if not isinstance(event, Progress)]
    assert sorted(verdict.property for verdict in found) == sorted(claim.name for claim in system.properties)
    return {verdict.property: verdict for verdict in found}
