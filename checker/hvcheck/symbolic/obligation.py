"""Proof obligations: what has to be shown of one conjunct, by weakest precondition, with nothing of z3 in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.expression import (
    Expression,
    Quantifier,
    Read,
    Variable,
    conjunction,
    free_variables,
    negation,
    reads,
    rewrite,
)
from hvmodel.system import Action, System, after

from .conjunct import Conjunct

Kind: TypeAlias = OneOf["initially", "after", "follows"]


@dataclass(frozen=True, slots=True)
class Key:
    """Which obligation: the conjunct holds initially, after an action, or wherever the other conjuncts hold."""

    conjunct: str
    kind: Kind
    action: str = ""

    def __str__(self) -> str:
        return f"{self.conjunct} {self.kind}{f' {self.action}' if self.action else ''}"


@dataclass(frozen=True, slots=True)
class Obligation:
    """`premise` (an action's guards) and `denial` together are to be unsatisfiable under the invariant.

    `variables` are the free ones: the action's parameters and the elements for which the conjunct is denied.
    """

    key: Key
    variables: tuple[Variable, ...]
    premise: Expression
    denial: Expression

    @property
    def needs_hypotheses(self) -> bool:
        return self.key.kind != "initially"


def initially(system: System, conjunct: Conjunct) -> Obligation:
    """Every cell of a function starts with the same value, so the state before anything happened needs no state."""

    def start(node: Expression) -> Expression:
        return system.function[node.function].initial if isinstance(node, Read) else node

    variables, denial = _denied(rewrite(conjunct.expression, start))
    return Obligation(Key(conjunct.name, "initially"), variables, conjunction(()), denial)


def follows(conjunct: Conjunct) -> Obligation:
    variables, denial = _denied(conjunct.expression)
    return Obligation(Key(conjunct.name, "follows"), variables, conjunction(()), denial)


def preserved(conjunct: Conjunct, action: Action) -> Obligation | None:
    """None if the action writes nothing that the conjunct could notice (the frame).

    Both must be named apart. An obligation about a state before, as an expression over that state alone.
    """
    written = {write.function for write in action.writes}
    if not written & reads(conjunct.expression):
        return None

    def later(node: Expression) -> Expression:
        return after(action, node) if isinstance(node, Read) and node.function in written else node

    precondition = rewrite(conjunct.expression, later)
    if precondition == conjunct.expression:
        return None
    variables, denial = _denied(precondition)
    key = Key(conjunct.name, "after", action.name)
    found = Obligation(key, (*action.parameters, *variables), action.guard, denial)
    stray = free_variables(found.denial) - {variable.name for variable in found.variables}
    if stray:
        raise ValueError(f"{key}: {', '.join(sorted(stray))} is not bound")
    return found


def _denied(expression: Expression) -> tuple[tuple[Variable, ...], Expression]:
    """The denial of a universal claim, with the elements it fails for as free variables."""
    variables: tuple[Variable, ...] = ()
    while isinstance(expression, Quantifier) and expression.kind == "all":
        variables += expression.variables
        expression = expression.body
    return variables, negation(expression)


def obligations(system: System, conjuncts: Iterable[Conjunct], actions: Mapping[str, Action]) -> Iterator[Obligation]:
    """All obligations that together make the conjuncts an inductive invariant."""
    for conjunct in conjuncts:
        yield initially(system, conjunct)
        yield from filter(None, (preserved(conjunct, action) for action in actions.values()))
