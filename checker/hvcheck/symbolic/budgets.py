"""Proofs drop budgets: what may happen a few times may happen any number of times, which only adds behaviours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hvmodel.expression import Expression, reads
from hvmodel.system import Action, System

from .translate import fixed_elements


def without_budgets(system: System) -> System:
    """The system without budget guards, and without writes to budgets that nothing but such guards reads.

    A budget that a property, a guard of another role or a written value mentions stays, as an ordinary function.
    """
    dropped = {function.name for function in system.functions if function.role == "budget"} - _mentioned(system)
    return replace(system, actions=tuple(_without(action, dropped) for action in system.actions))


def _mentioned(system: System) -> frozenset[str]:
    """The functions that properties and conditions read, and those that their written values depend on."""
    budgets = {function.name for function in system.functions if function.role == "budget"}
    kept = frozenset[str]().union(*map(reads, _read_expressions(system)))
    while True:
        sources = [
            reads(expression)
            for action in system.actions
            for write in action.writes
            if write.function in kept or write.function not in budgets
            for expression in (write.where, write.value, *write.indices)
        ]
        wider = kept.union(*sources)
        if wider == kept:
            return kept
        kept = wider


def _read_expressions(system: System) -> Iterator[Expression]:
    yield from (claim.expression for claim in system.properties)
    yield from (claim.trigger for claim in system.properties if claim.trigger is not None)
    for action in system.actions:
        yield from (guard.expression for guard in action.guards if guard.role != "budget")


def _without(action: Action, dropped: Iterable[str]) -> Action:
    guards = tuple(guard for guard in action.guards if guard.role != "budget")
    writes = tuple(write for write in action.writes if write.function not in dropped)
    return replace(action, guards=guards, writes=writes)


def limits(system: System) -> tuple[str, ...]:
    """What a proof assumes of faults and of sizes, one sentence each."""
    faults = tuple(
        f"{name}: any number of times" if allowed > 0 else f"{name}: never" for name, allowed in system.budgets
    )
    sizes = tuple(
        f"{sort}: at least {max(indices) + 1} elements"
        for sort, indices in sorted(fixed_elements(system).items(), key=str)
        if max(indices) > 0
    )
    return faults + sizes
