"""What an invariant is made of: the claim, lemmas from the spec, and candidates that follow from types and control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.expression import (
    Apply,
    Expression,
    Literal,
    Variable,
    conjunction,
    disjunction,
    equality,
    implication,
    negation,
    none,
    quantified,
    value_of,
)
from hvmodel.system import IDLE, Function, Property, System, Thread
from hvmodel.types import BOOL, Enum, Int, Option

Origin: TypeAlias = OneOf["claim", "lemma", "candidate"]


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One named part of an invariant. A candidate is given up when it is not inductive; nothing else ever is."""

    name: str
    expression: Expression
    origin: Origin


def claimed(system: System, claim: Property) -> Conjunct:
    """What holds in every state if the claim does; for `never`, that no forbidden action can be taken."""
    if claim.claim != "never":
        return Conjunct(claim.name, claim.expression, "claim")
    forbidden = [action for action in system.actions if action.name in claim.forbidden]
    impossible = (quantified("all", action.parameters, negation(action.guard)) for action in forbidden)
    return Conjunct(claim.name, conjunction(impossible), "claim")


def lemmas(system: System, claim: Property) -> tuple[Conjunct, ...]:
    """The invariants that the claim names, or all of the spec's if it names none."""
    named = set(claim.lemmas)
    return tuple(
        Conjunct(lemma.name, lemma.expression, "lemma")
        for lemma in system.properties
        if lemma.claim == "invariant" and lemma.name != claim.name and (not named or lemma.name in named)
    )


def missing_lemmas(system: System, claim: Property) -> tuple[str, ...]:
    known = {lemma.name for lemma in system.properties if lemma.claim == "invariant"}
    return tuple(name for name in claim.lemmas if name not in known)


def candidates(system: System) -> tuple[Conjunct, ...]:
    """What one would guess of any system: numbers stay in range, and threads run only while their parents wait."""
    found = (
        *(_in_range(function) for function in system.functions),
        *_parents_wait(system),
        *_waiting_for_a_call(system),
        *_down_means_idle(system),
    )
    return tuple(conjunct for conjunct in found if conjunct is not None)


def _in_range(function: Function) -> Conjunct | None:
    inner = function.range.of if isinstance(function.range, Option) else function.range
    if not isinstance(inner, Int):
        return None
    cell = function.at(*(variables := _variables(function)))
    number = value_of(cell) if isinstance(function.range, Option) else cell
    bounds = conjunction(
        (
            Apply("<=", (Literal(inner.low, inner), number), BOOL),
            Apply("<=", (number, Literal(inner.high, inner)), BOOL),
        )
    )
    present = negation(equality(cell, none(inner))) if isinstance(function.range, Option) else None
    said = bounds if present is None else implication(present, bounds)
    return Conjunct(f"{function.name} in range", quantified("all", variables, said), "candidate")


def _parents_wait(system: System) -> Iterator[Conjunct]:
    """A thread that another waits for runs only while that one waits."""
    for thread in system.threads:
        parent = system.thread.get(thread.parent)
        waits = None if parent is None or not thread.waits else _at(system, parent, thread, thread.waits)
        if waits is not None:
            said = implication(negation(_idle(system, thread)), waits)
            name = f"{thread.parent} waits for {thread.name}"
            yield Conjunct(name, quantified("all", thread.parameters, said), "candidate")


def _waiting_for_a_call(system: System) -> Iterator[Conjunct]:
    """While a thread waits for one call, that call runs. (A crash of the callee's place may refute this.)"""
    for thread in system.threads:
        parent = system.thread.get(thread.parent)
        if parent is None or thread.kind != "call" or len(parent.parameters) != len(thread.parameters):
            continue
        waits = _at(system, parent, thread, thread.waits)
        if waits is not None:
            said = implication(waits, negation(_idle(system, thread)))
            name = f"{thread.name} runs while {thread.parent} waits"
            yield Conjunct(name, quantified("all", thread.parameters, said), "candidate")


def _down_means_idle(system: System) -> Iterator[Conjunct]:
    """No thread runs at a place that is down."""
    places = [function for function in system.functions if function.role == "place" and function.range == BOOL]
    for thread in system.threads:
        for place in places if thread.place is not None else ():
            indices = () if thread.place is None else thread.place.indices
            if tuple(index.type for index in indices) == place.domain and _names_place(place, thread):
                said = disjunction((place.at(*indices), _idle(system, thread)))
                name = f"{thread.name} is idle when {place.name} is false"
                yield Conjunct(name, quantified("all", thread.parameters, said), "candidate")


def _names_place(place: Function, thread: Thread) -> bool:
    return thread.place is not None and place.name in (thread.place.name, f"up.{thread.place.name}")


def _variables(function: Function) -> tuple[Variable, ...]:
    return tuple(Variable(f"x{position}", type_) for position, type_ in enumerate(function.domain))


def _idle(system: System, thread: Thread) -> Expression:
    control = system.function[thread.control]
    return equality(control.at(*thread.parameters), Literal(IDLE, control.range))


def _at(system: System, parent: Thread, child: Thread, location: str) -> Expression | None:
    """The parent of this instance of the child is at the location; None if the two do not fit together."""
    control = system.function[parent.control]
    own = {variable.name: variable for variable in child.parameters}
    named = tuple(own[variable.name] for variable in parent.parameters if variable.name in own)
    indices = named if len(named) == len(parent.parameters) else child.parameters[: len(parent.parameters)]
    if tuple(variable.type for variable in indices) != control.domain or not _has(control, location):
        return None
    return equality(control.at(*indices), Literal(location, control.range))


def _has(control: Function, location: str) -> bool:
    return isinstance(control.range, Enum) and location in control.range.values
