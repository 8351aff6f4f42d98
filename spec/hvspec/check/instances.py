"""Instances of services: what each of them is given for the service's parameters."""

from __future__ import annotations

from functools import partial

from hvmodel.source import Span

from .. import syntax as s
from ..entities import ActorRef, ActorSet, Cells, Entity, Environment, Value, kind
from ..problem import problem, suggestion
from ..program import Program
from ..records import record_type
from ..shapes import actor_domain, resolve
from .code import Checker


def check_instances(checker: Checker) -> None:
    """Actors: their services and what those are given."""
    for actor in checker.program.actors.values():
        checker.once("instance", actor, partial(_instance, checker, actor))


def not_given(program: Program, actor: s.ActorDecl) -> set[str]:
    """Parameters of its service that an actor does not give, which is reported where it should."""
    service = program.services.get(actor.instance.service.text) if actor.instance is not None else None
    if service is None or actor.instance is None:
        return set()
    given = {argument.name.text for argument in actor.instance.arguments}
    return {binder.name.text for binder in service.params} - given


def _instance(checker: Checker, actor: s.ActorDecl) -> None:
    program = checker.program
    actor_domain(program, actor)
    if actor.instance is None:
        return
    service = program.services.get(actor.instance.service.text)
    if service is None:
        fix = suggestion(actor.instance.service, program.services)
        message = f"no service is called `{actor.instance.service}`"
        raise problem("HV102", message, actor.instance.service.span, fix=fix)
    _arguments(checker, actor, actor.instance, service)


def _arguments(checker: Checker, actor: s.ActorDecl, instance: s.Instance, service: s.ServiceDecl) -> None:
    wanted = {binder.name.text: binder for binder in service.params}
    given = {argument.name.text: argument for argument in instance.arguments}
    for name, argument in given.items():
        if name not in wanted:
            fix = suggestion(argument.name, wanted)
            raise problem("HV106", f"{service.name} takes no `{name}`", argument.name.span, fix=fix)
    missing = [name for name in wanted if name not in given]
    if missing:
        raise problem("HV107", f"{service.name} also needs {', '.join(missing)}", instance.span, expected=missing[0])
    names: dict[str, Entity] = {
        binder.name.text: Value(checker.elaborator.fresh(binder.name.text, type_))
        for binder, type_ in zip(actor.binders, actor_domain(checker.program, actor), strict=True)
    }
    for name, argument in given.items():
        with checker.collecting():
            entity = checker.elaborator.given(argument.value, wanted[name], Environment(names))
            _fits(checker, wanted[name], entity, argument.value.span)


def _fits(checker: Checker, binder: s.Binder, entity: Entity, span: Span) -> None:
    """Whether an argument is what a service's parameter asks for: a value, an actor, or a set of actors."""
    named = binder.type.of if isinstance(binder.type, s.SetType) else getattr(binder.type, "name", None)
    if not isinstance(named, s.Name) or named.text not in checker.program.interfaces:
        _fits_value(checker, binder, entity, span)
        return
    many = isinstance(binder.type, s.SetType)
    if many and not isinstance(entity, ActorSet):
        raise problem("HV213", f"`{binder.name}` is a set of actors", span, expected="{ Actor, ... }")
    if not many and not (isinstance(entity, ActorRef) and not entity.rest):
        raise problem("HV316", f"`{binder.name}` is an actor", span, expected="an actor with its indices")


def _fits_value(checker: Checker, binder: s.Binder, entity: Entity, span: Span) -> None:
    """A value for a single value; a variable, which the service then reads and writes, for what is more than that."""
    shape = resolve(checker.program, binder.type)
    if not shape.domain and not isinstance(shape.holds, str):
        checker.elaborator.coerce(checker.elaborator.read(entity, span), shape.holds, span)
    elif shape.domain or record_type(checker.program, entity) != shape.holds:
        if isinstance(entity, Cells) and (entity.rest, entity.holds) == (shape.domain, shape.holds):
            return
        indices = ", ".join(map(str, shape.domain))
        wanted = f"a variable of type map[{indices}] {shape.holds}" if indices else f"a variable of type {shape.holds}"
        raise problem("HV211", "the types do not fit", span, expected=wanted, found=kind(entity))
