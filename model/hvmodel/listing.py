"""A system as text: what the compiler made of a spec, for people who want to see it."""

from __future__ import annotations

from collections.abc import Iterator

from .expression import TRUE, show
from .system import Action, System, Write


def listing(system: System) -> str:
    """Functions, then actions with guards and writes, then properties, in the notation of specs."""
    return "\n".join(_lines(system)) + "\n"


def _lines(system: System) -> Iterator[str]:
    yield f"system {system.name}"
    for function in system.functions:
        domain = ", ".join(str(type_) for type_ in function.domain)
        index = f"[{domain}]" if domain else ""
        yield f"  {function.role} {function.name}{index}: {function.range} = {show(function.initial)}"
    for action in system.actions:
        yield from _action(action)
    for claim in system.properties:
        trigger = f"{show(claim.trigger)} " if claim.trigger is not None else ""
        body = claim.about if claim.forbidden or claim.claim == "never" else show(claim.expression)
        yield f"  property {claim.name}: {trigger}{claim.claim} {body}"


def _action(action: Action) -> Iterator[str]:
    parameters = ", ".join(f"{show(parameter)}: {parameter.type}" for parameter in action.parameters)
    yield f"  {action.kind} {action.name}({parameters})"
    for guard in action.guards:
        yield f"    when {show(guard.expression)}"
    for write in action.writes:
        yield f"    {_write(write)}"
    for obligation in action.obligations:
        yield f"    requires {show(obligation.expression)}"


def _write(write: Write) -> str:
    indices = ", ".join(map(show, write.indices))
    cell = f"{write.function}[{indices}]" if indices else write.function
    binders = ", ".join(f"{show(binder)} in {binder.type}" for binder in write.binders)
    each = f"all {binders}: " if binders else ""
    where = f" where {show(write.where)}" if write.where != TRUE else ""
    return f"{each}{cell} := {show(write.value)}{where}"
