"""Properties, lemmas and covers of a system, each with a witness that shows that it could have failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hvmodel.expression import (
    TRUE,
    Apply,
    Expression,
    Literal,
    Quantifier,
    Read,
    Variable,
    children,
    conditional,
    conjunction,
    disjunction,
    equality,
    negation,
    quantified,
)
from hvmodel.system import Action, Function, Property, Write
from hvmodel.types import BOOL, Int

from .. import syntax as s
from ..entities import Environment
from .builder import Builder
from .event import is_event
from .order import names
from .query import ControlQueries


def properties(builder: Builder, queries: ControlQueries, functions: dict[str, Function]) -> tuple[Property, ...]:
    """Every property of the spec, then the two that every system has."""
    found = [_claim(builder, declaration, functions) for declaration in builder.program.properties.values()]
    return (*found, *_built_in(builder, queries))


def _claim(builder: Builder, declaration: s.PropertyDecl, functions: dict[str, Function]) -> Property:
    elaborator = builder.elaborator
    environment = Environment()
    base = Property(
        declaration.name.text,
        declaration.claim,
        title=declaration.title,
        needs=tuple(name.text for name in declaration.under),
        lemmas=tuple(name.text for name in declaration.lemmas),
        cites=builder.program.cited(declaration.name.text, declaration.cites),
        about=str(declaration.label) if declaration.label else "",
        span=declaration.span,
    )
    if declaration.witness is not None:
        base = replace(base, witness=elaborator.boolean(declaration.witness, environment))
    if declaration.label is not None:
        return _about_events(builder, declaration, base)
    assert declaration.expression is not None
    claim = replace(base, expression=elaborator.boolean(declaration.expression, environment))
    if declaration.trigger is not None:
        claim = replace(claim, trigger=elaborator.boolean(declaration.trigger, environment))
        return replace(claim, witness=claim.witness or claim.trigger)
    if declaration.claim != "cover" and claim.witness is None:
        claim = replace(claim, witness=default_witness(claim.expression, functions))
    return claim


def _about_events(builder: Builder, declaration: s.PropertyDecl, base: Property) -> Property:
    assert declaration.label is not None
    if declaration.claim == "never":
        forbidden = frozenset(
            action.name for action in builder.actions if any(is_event(declaration.label, e) for e in action.events)
        )
        return replace(base, forbidden=forbidden)
    counter = Read(f"count.{declaration.name}", (), Int(0, declaration.limit + 1))
    builder.register(counter.function, (), Literal(0, counter.type), "counter", declaration.span)
    _count(builder, declaration.label, counter)
    limit = Literal(declaration.limit, counter.type)
    return replace(base, expression=Apply("<=", (counter, limit), BOOL))


def _count(builder: Builder, label: s.Label, counter: Read) -> None:
    """Let every action with such an event count it, up to one more than is allowed."""
    assert isinstance(counter.type, Int)
    most = Literal(counter.type.high, counter.type)
    for number, action in enumerate(builder.actions):
        times = sum(is_event(label, event) for event in action.events)
        if times:
            more = Apply("+", (counter, Literal(times, Int(times, times))), Int(times, counter.type.high + times))
            below = Apply("<", (more, most), BOOL)
            write = Write(counter.function, (), conditional(below, more, most))
            builder.actions[number] = replace(action, writes=(*action.writes, write))


def _built_in(builder: Builder, queries: ControlQueries) -> Iterable[Property]:
    risky = [action for action in builder.actions if action.obligations]
    if risky:
        yield Property(
            "Preconditions",
            "obligations",
            witness=disjunction(map(_can_happen, risky)),
            title="every storage operation has what it requires, every number stays in its range",
        )
    protocols = list(builder.program.protocols.values())
    if protocols:
        ended = conjunction(queries.ended(protocol.name.text, protocol.span) for protocol in protocols)
        witness = conjunction(_comes_far(builder, queries, protocol) for protocol in protocols)
        yield Property("NoDeadlock", "deadlock", ended, witness=witness, title="every protocol can go on until it ends")


def _comes_far(builder: Builder, queries: ControlQueries, protocol: s.ProtocolDecl) -> Expression:
    """The protocol has ended; one that goes round for ever has come to where a step of it leads."""
    name = protocol.name.text
    outcomes = {f"succeeded.{name}", f"failed.{name}"}
    if any(write.function in outcomes for action in builder.actions for write in action.writes):
        # What it has sent may go on for ever all the same.
        over = disjunction(Read(outcome, (), BOOL) for outcome in sorted(outcomes, reverse=True))
        return over if builder.channels else queries.ended(name, protocol.span)
    thread = next(thread for thread in builder.threads if thread.name == name)
    written = [write.value for action in builder.actions for write in action.writes if write.function == thread.control]
    targets = {location for value in written for location in names(value)}
    return disjunction(
        equality(thread.pc(), thread.at(location)) for location in thread.locations if location.name in targets
    )


def _can_happen(action: Action) -> Expression:
    needed = conjunction(guard.expression for guard in action.guards)
    return quantified("some", action.parameters, needed)


def default_witness(claim: Expression, functions: dict[str, Function]) -> Expression:
    """A state in which the claim is put to the test: its condition holds, or what it speaks of has changed."""
    variables: list[Variable] = []
    body = claim
    while isinstance(body, Quantifier) and body.kind == "all":
        variables.extend(body.variables)
        body = body.body
    if isinstance(body, Apply) and body.operation == "implies":
        return quantified("some", variables, body.arguments[0])
    changed = _changed(body, functions)
    return quantified("some", variables, changed) if changed != TRUE else TRUE


def _changed(expression: Expression, functions: dict[str, Function]) -> Expression:
    parts: list[Expression] = []
    if isinstance(expression, Read):
        return negation(equality(expression, functions[expression.function].initial))
    for child in children(expression):
        inner = _changed(child, functions)
        if isinstance(expression, Quantifier):
            inner = quantified("some", expression.variables, inner)
        parts.append(inner)
    return disjunction(parts)
