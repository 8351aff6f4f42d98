"""The cone of influence: which functions and actions of a system can matter to properties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression, reads
from hvmodel.system import Action, Property, System, Write


@dataclass(frozen=True, slots=True)
class Cone:
    """The names of the functions and actions that can matter; what is not named here cannot."""

    functions: frozenset[str]
    actions: frozenset[str]

    def __lt__(self, other: Cone) -> bool:
        return self != other and self.functions <= other.functions and self.actions <= other.actions


def cone(system: System, claims: Sequence[Property]) -> Cone:
    """The least cone that decides all the claims."""
    functions = {name for claim in claims for part in _expressions(claim) for name in reads(part)}
    actions = {action.name for claim in claims for action in _asked(system, claim)}
    fairness = any(claim.claim == "leads to" for claim in claims)
    before = -1
    while before != len(functions) + len(actions):
        before = len(functions) + len(actions)
        actions |= {action.name for action in system.actions if any(w.function in functions for w in action.writes)}
        if fairness:
            actions |= _fair_together(system, actions)
        for name in actions:
            functions |= needed(system, system.action[name], functions)
    return Cone(frozenset(functions), frozenset(actions))


def needed(system: System, action: Action, functions: Iterable[str]) -> set[str]:
    """What an action reads to be taken as in the full system and to write just these functions."""
    wanted = set(functions)
    parts = [guard.expression for guard in action.guards]
    # A step that breaks an obligation leads nowhere, so an obligation is one more condition of the step.
    parts += [part for duty in action.obligations for part in (duty.expression, duty.where)]
    parts += [part for write in action.writes if write.function in wanted for part in written(write)]
    found = {name for part in parts for name in reads(part)}
    if action.thread in system.thread:
        found.add(system.thread[action.thread].control)
    return found


def written(write: Write) -> tuple[Expression, ...]:
    """The expressions of a write."""
    return (*write.indices, write.value, write.where)


def _expressions(claim: Property) -> Iterator[Expression]:
    yield claim.expression
    yield from (part for part in (claim.trigger, claim.witness) if part is not None)


def _asked(system: System, claim: Property) -> Iterator[Action]:
    """The actions whose being taken, or being possible, is what the claim is about."""
    for action in system.actions:
        match claim.claim:
            case "never":
                asked = action.name in claim.forbidden
            case "obligations":
                asked = bool(action.obligations)
            case "deadlock":
                # After a step that breaks an obligation nobody knows what follows: it is no deadlock.
                asked = action.kind == "protocol" or bool(action.obligations)
            case _:
                asked = False
        if asked:
            yield action


def _fair_together(system: System, actions: Iterable[str]) -> set[str]:
    """The fair actions of threads of which a fair action matters.

    Any fair step of an instance gives it its due: with only some of them the others' runs would seem unfair and be
    overlooked. An instance of which no fair step matters may be left out: its steps can be put into any run
    without changing what matters, so it never keeps a run from being fair.
    """
    threads = {system.action[name].thread for name in actions if system.action[name].fair} & set(system.thread)
    return {action.name for action in system.actions if action.fair and action.thread in threads}
