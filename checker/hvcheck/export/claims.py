"""Properties as what another checker looks for: states that must not be there, answers that must come."""

from __future__ import annotations

from collections.abc import Iterator

from hvmodel.dataclass import dataclass
from hvmodel.expression import FALSE, Expression, conjunction, disjunction, negation, quantified
from hvmodel.system import Action, Property, System


@dataclass(frozen=True, slots=True)
class Sought:
    """A state that is looked for. Of a `cover` it shows the claim; of any other it breaks it."""

    claim: Property
    state: Expression


@dataclass(frozen=True, slots=True)
class Answer:
    """Every state with the trigger must be followed by one with the answer."""

    claim: Property
    trigger: Expression
    answer: Expression


@dataclass(frozen=True, slots=True)
class Claims:
    """A system's properties sorted by how they are checked; `left_out` says what cannot be, and why."""

    sought: tuple[Sought, ...]
    answers: tuple[Answer, ...]
    ended: tuple[Property, ...]
    left_out: tuple[str, ...]


def claims_of(system: System) -> Claims:
    """Steps that must `never` be taken, and obligations that they must not break, are states in which they could be."""
    sought = tuple(Sought(claim, state) for claim in system.properties if (state := _sought(claim, system)) is not None)
    answers = tuple(
        Answer(claim, claim.trigger if claim.trigger is not None else FALSE, claim.expression)
        for claim in system.properties
        if claim.claim == "leads to"
    )
    ended = tuple(claim for claim in system.properties if claim.claim == "deadlock")
    return Claims(sought, answers, ended, tuple(_left_out(ended)))


def _left_out(ended: tuple[Property, ...]) -> Iterator[str]:
    for claim in ended:
        yield (
            f"{claim.name}: that the protocol can always still go on is not a claim about single runs;"
            " only a state in which nothing at all can happen is looked for"
        )


def _sought(claim: Property, system: System) -> Expression | None:
    match claim.claim:
        case "always" | "at most" | "invariant":
            return negation(claim.expression)
        case "cover":
            return claim.expression
        case "never":
            return disjunction(can_be_taken(one) for one in system.actions if one.name in claim.forbidden)
        case "obligations":
            return disjunction(can_break(one) for one in system.actions if one.obligations)
    return None


def can_be_taken(action: Action) -> Expression:
    """Some values of its parameters satisfy the action's guards."""
    return quantified("some", action.parameters, action.guard)


def can_break(action: Action) -> Expression:
    """The action can be taken so that it breaks an obligation."""
    return quantified("some", action.parameters, conjunction((action.guard, negation(kept(action)))))


def kept(action: Action) -> Expression:
    """Every obligation of the action is met. A step that breaks one is not followed, here as in hvcheck itself."""
    return conjunction(
        quantified("all", one.binders, disjunction((negation(one.where), one.expression))) for one in action.obligations
    )
