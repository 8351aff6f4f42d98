"""Who a spec's charts show, and where: its actors with their places and titles."""

from __future__ import annotations

from hvmodel.system import Actor, Reference

from .. import syntax as s
from ..elaborate import Elaborator
from ..entities import ActorRef, PlaceRef
from ..shapes import actor_domain


def actors(elaborator: Elaborator) -> tuple[Actor, ...]:
    """All actors in the order of the text; an actor's place is indexed by its own parameters."""
    return tuple(_actor(elaborator, declaration) for declaration in elaborator.program.actors.values())


def _actor(elaborator: Elaborator, declaration: s.ActorDecl) -> Actor:
    domain = actor_domain(elaborator.program, declaration)
    parameters = tuple(
        elaborator.fresh(binder.name.text, type_) for binder, type_ in zip(declaration.binders, domain, strict=True)
    )
    name, place = declaration.name.text, None
    if declaration.site is not None:
        environment = elaborator.actor_environment(ActorRef(name, parameters))
        found = elaborator.entity(declaration.site, environment)
        place = Reference(found.name, found.indices) if isinstance(found, PlaceRef) else None
    return Actor(name, parameters, place, declaration.title)
