"""Environment actions and faults: what happens around the protocol, one action each."""

from __future__ import annotations

from hvmodel.expression import Apply, Expression, show
from hvmodel.source import Span
from hvmodel.system import Event, Reference

from .. import syntax as s
from ..entities import Environment, PlaceRef
from ..parameters import any_values
from ..problem import problem
from .builder import Builder
from .crash import spend
from .path import Impossible, Path


def environment_action(builder: Builder, declaration: s.EnvironmentDecl) -> None:
    """Add the action of an `env` or `fault`; none if its budget is 0."""
    name = declaration.name.text
    limit = builder.budgets.get(name, 0) if declaration.fault_limit is not None else None
    if limit == 0 or (declaration.spends is not None and not builder.budgets.get(declaration.spends.text, 0)):
        return
    elaborator = builder.elaborator
    names, parameters = any_values(elaborator, declaration.params)
    environment = Environment(names)
    path = Path(name, "fault" if limit is not None else "environment", parameters, fair=declaration.fair)
    conditions: tuple[Expression, ...] = ()
    try:
        if declaration.site is not None:
            _at_place(builder, declaration.site, environment, path)
        if declaration.when is not None:
            condition = elaborator.boolean(declaration.when, environment)
            conditions = (condition,)
            _guards(path, condition, declaration.when.span)
        if limit is not None:
            spend(builder, name, path, declaration.span)
        if declaration.spends is not None:
            spend(builder, declaration.spends.text, path, declaration.span)
        subject = _subject(declaration, path)
        shown = parameters
        if limit is None:
            path.events.append(Event("environment", name, subject, None, shown, span=declaration.span))
        else:
            path.events.append(Event("fault", name, subject, None, shown, span=declaration.span))
        path.cites.extend(builder.program.cited(name, declaration.cites))
        with elaborator.assuming(*conditions):
            builder.plain.run(declaration.body.statements, environment, path)
        builder.finish(path)
    except Impossible:
        return


def _guards(path: Path, condition: Expression, span: Span) -> None:
    is_and = isinstance(condition, Apply) and condition.operation == "and"
    parts = condition.arguments if is_and and isinstance(condition, Apply) else (condition,)
    for part in parts:
        path.assume(part, show(part), span=span)


def _at_place(builder: Builder, site: s.Expr, environment: Environment, path: Path) -> None:
    place = builder.elaborator.entity(site, environment)
    if not isinstance(place, PlaceRef) or place.rest:
        raise problem("HV318", "this happens on a place", site.span, expected="a place with its indices")
    if builder.is_crashable(place):
        path.assume(builder.up(place), f"{place.name} up", "place", site.span)


def _subject(declaration: s.EnvironmentDecl, path: Path) -> Reference:
    """Where a chart shows it: at the place it is on."""
    site = declaration.site
    if isinstance(site, s.Index) and isinstance(site.target, s.NameRef):
        named = {parameter.name.partition("'")[0]: parameter for parameter in path.parameters}
        indices = [named.get(i.name) if isinstance(i, s.NameRef) else None for i in site.indices]
        return Reference(site.target.name, tuple(index for index in indices if index is not None))
    return Reference(site.name if isinstance(site, s.NameRef) else "")
