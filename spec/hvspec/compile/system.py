"""The whole compilation: threads, environment, faults, properties, and a system without placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hvmodel.expression import TRUE, Expression, Literal, negation, reads, rewrite
from hvmodel.source import Span
from hvmodel.system import IDLE, Action, Disk, Function, Reference, Role, System
from hvmodel.system import Event as SystemEvent
from hvmodel.system import Location as SystemLocation
from hvmodel.system import Thread as SystemThread
from hvmodel.types import BOOL, Enum, Sort, Type

from .. import syntax as s
from ..elaborate import Elaborator
from ..entities import ActorRef, Entity, Environment, PlaceRef, Value
from ..labels import labels
from ..problem import problem
from ..program import Program
from ..shapes import StateVariable, default_value, index_type, scalar, state_variables
from ..spec import Setting
from . import crash
from .actors import actors
from .builder import Builder
from .claims import properties
from .flow import run
from .path import Impossible, Path
from .plain import Plain
from .query import ControlQueries
from .retype import retype
from .threads import FAILURE, Context, Handling, Location, ThreadBuilder


def build(program: Program, settings: Mapping[str, Setting], budgets: Mapping[str, int], title: str = "") -> System:
    """Compile under one setting of the parameters and budgets. Raises SpecError."""
    queries = ControlQueries(crashable=_crashable(program, budgets))
    elaborator = Elaborator(program, state_variables(program), dict(settings), queries)
    plain = Plain(elaborator)
    builder = Builder(program, elaborator, plain, dict(budgets), queries.crashable, labels=labels(program))
    queries.builder = builder
    builder.elaborator.ghosts_allowed = False
    for protocol in program.protocols.values():
        _protocol(builder, protocol)
    crash.reactions(builder, run)
    builder.drain()
    for task in builder.deferred:
        task()
    crash.deadlines(builder)
    plain.special = lambda statement, environment, path: crash.special(builder, statement, environment, path)
    for declaration in program.environments.values():
        _environment(builder, declaration)
    queries.complete = True
    elaborator.ghosts_allowed = True
    _prune(builder)
    functions = _functions(builder)
    claims = properties(builder, queries, functions)
    functions = _functions(builder)
    system = System(
        program.name,
        title or program.title,
        tuple(program.sorts.values()),
        tuple(Literal(index, sort, name) for name, (sort, index) in program.constants.items()),
        tuple(functions.values()),
        tuple(map(_thread, builder.threads)),
        tuple(_location(thread.name, location) for thread in builder.threads for location in thread.locations),
        tuple(builder.actions),
        claims,
        tuple(_disks(program, elaborator.state)),
        tuple(sorted(budgets.items())),
        tuple(program.enums.values()),
        actors(elaborator),
    )
    return retype(system, _location_types(builder))


def _crashable(program: Program, budgets: Mapping[str, int]) -> frozenset[str]:
    """The places that a fault with a budget can crash."""
    found: set[str] = set()
    for declaration in program.environments.values():
        possible = declaration.fault_limit is None or budgets.get(declaration.name.text, 0)
        for statement in declaration.body.statements:
            if possible and isinstance(statement, s.Crash):
                place = statement.place
                while isinstance(place, s.Index):
                    place = place.target
                if isinstance(place, s.NameRef):
                    found.add(place.name)
    return frozenset(found)


# -------------------------------------------------------------------- protocols


def _protocol(builder: Builder, declaration: s.ProtocolDecl) -> None:
    name = declaration.name.text
    actor = builder.elaborator.entity(declaration.actor, Environment())
    if not isinstance(actor, ActorRef) or actor.rest:
        raise problem("HV316", "a protocol is run by an actor", declaration.actor.span, expected="an actor")
    site = builder.program.actors[actor.name].site
    place = builder.elaborator.entity(site, builder.elaborator.actor_environment(actor)) if site else None
    if not isinstance(place, PlaceRef):
        place = None
    thread = builder.new_thread(ThreadBuilder(name, "protocol", (), place, span=declaration.span))
    false = Literal(False, BOOL)
    builder.register(f"succeeded.{name}", (), false, "outcome", declaration.span)
    builder.register(f"failed.{name}", (), false, "outcome", declaration.span)

    def end(path: Path, outcome: str) -> None:
        path.write(f"{outcome}.{name}", (), TRUE, own=True)
        builder.event(path, SystemEvent("end", outcome, Reference(actor.name, actor.indices), span=declaration.span))
        builder.move(path, thread, None)
        builder.finish(path)

    context = Context(
        thread,
        actor,
        builder.elaborator.actor_environment(actor),
        lambda path, _: end(path, "failed"),
        ("protocol", name),
        (Handling(actor, name),),
    )
    start = builder.entry(
        context,
        ("start",),
        "start",
        declaration.body.span,
        lambda path: run(builder, declaration.body.statements, context, path, lambda last: end(last, "succeeded")),
    )
    builder.memo["start", name] = start


# -------------------------------------------------------------------- environment and faults


def _environment(builder: Builder, declaration: s.EnvironmentDecl) -> None:
    name = declaration.name.text
    limit = builder.budgets.get(name, 0) if declaration.fault_limit is not None else None
    if limit == 0 or (declaration.spends is not None and not builder.budgets.get(declaration.spends.text, 0)):
        return
    if declaration.fair:
        raise problem("HV404", "`fair env` is not compiled yet", declaration.span)
    elaborator = builder.elaborator
    names: dict[str, Entity] = {}
    parameters = []
    for binder in declaration.params:
        variable = elaborator.fresh(binder.name.text, scalar(builder.program, binder.type))
        parameters.append(variable)
        names[binder.name.text] = Value(variable)
    environment = Environment(names)
    path = Path(name, "fault" if limit is not None else "environment", tuple(parameters))
    conditions: tuple[Expression, ...] = ()
    try:
        if declaration.site is not None:
            _at_place(builder, declaration.site, environment, path)
        if declaration.when is not None:
            condition = elaborator.boolean(declaration.when, environment)
            conditions = (condition,)
            _guards(path, condition, declaration.when.span)
        if limit is not None:
            crash.spend(builder, name, path, declaration.span)
        if declaration.spends is not None:
            crash.spend(builder, declaration.spends.text, path, declaration.span)
        kind = "environment" if limit is None else "fault"
        event = SystemEvent(kind, name, _subject(declaration, path), None, tuple(parameters), span=declaration.span)  # type: ignore[arg-type]
        path.events.append(event)
        path.cites.extend(declaration.cites)
        with elaborator.assuming(*conditions):
            builder.plain.run(declaration.body.statements, environment, path)
        builder.finish(path)
    except Impossible:
        return


def _guards(path: Path, condition: Expression, span: Span) -> None:
    from hvmodel.expression import Apply, show

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


# -------------------------------------------------------------------- putting it together


def _prune(builder: Builder) -> None:
    """Drop what can never happen: actions from locations nothing moves to, failures that no branch raises."""
    while True:
        silent = _unwritten_failures(builder)
        kept = [action for action in (_without(a, silent) for a in builder.actions) if action is not None]
        reached = {start.name for start in _starts(builder)}
        for action in kept:
            for write in action.writes:
                _collect_locations(write.value, reached)
        kept = [action for action in kept if _possible(action, reached)]
        if kept == builder.actions:
            break
        builder.actions = kept
    used = {write.function for action in builder.actions for write in action.writes}
    for action in builder.actions:
        for guard in action.guards:
            used |= reads(guard.expression)
    builder.functions = {
        name: function for name, function in builder.functions.items() if name in used or function.role == "outcome"
    }
    for thread in builder.threads:
        thread.registers = [name for name in thread.registers if name in builder.functions]


def _starts(builder: Builder):  # type: ignore[no-untyped-def]
    return [builder.memo["start", name] for name in builder.program.protocols]


def _collect_locations(value: Expression, found: set[str]) -> None:
    from hvmodel.expression import children

    if isinstance(value, Literal) and isinstance(value.value, str):
        found.add(value.value)
    for child in children(value):
        _collect_locations(child, found)


def _possible(action: Action, reached: set[str]) -> bool:
    for guard in action.guards:
        expression = guard.expression
        if guard.role == "control" and getattr(expression, "operation", "") == "==":
            location = expression.arguments[1]  # type: ignore[union-attr]
            if isinstance(location, Literal) and location.value not in reached and location.value != IDLE:
                return False
    return True


def _unwritten_failures(builder: Builder) -> frozenset[str]:
    failures = {name for name, function in builder.functions.items() if function.role == "failure"}
    for action in builder.actions:
        for write in action.writes:
            if write.function in failures and not (isinstance(write.value, Literal) and write.value.value == "OK"):
                failures.discard(write.function)
    return frozenset(failures)


def _without(action: Action, silent: frozenset[str]) -> Action | None:
    """The action where some failure cells are always OK; None if it needs one that is not."""
    if not silent:
        return action

    def settle(expression: Expression) -> Expression:
        from hvmodel.expression import Read

        if isinstance(expression, Read) and expression.function in silent:
            return Literal("OK", FAILURE, "OK")
        return expression

    guards = []
    for guard in action.guards:
        settled = rewrite(guard.expression, settle)
        if settled == negation(TRUE):
            return None
        if settled != TRUE:
            guards.append(replace(guard, expression=settled))
    writes = tuple(write for write in action.writes if write.function not in silent)
    return replace(action, guards=tuple(guards), writes=writes)


def _functions(builder: Builder) -> dict[str, Function]:
    program, elaborator = builder.program, builder.elaborator
    found: dict[str, Function] = {}
    for variable in elaborator.state.values():
        if not isinstance(variable.holds, str):
            found[variable.name] = _variable(program, elaborator, variable)
    for name in sorted(builder.crashable):
        domain: tuple[Type, ...] = tuple(index_type(program, key) for key in program.places[name].indices)
        found[f"up.{name}"] = Function(f"up.{name}", domain, BOOL, Literal(True, BOOL), "place")
    found["expired"] = Function("expired", (), BOOL, Literal(False, BOOL), "ghost")
    found.update(builder.functions)
    for thread in builder.threads:
        domain = tuple(parameter.type for parameter in thread.parameters)
        start = builder.memo.get(("start", thread.name))
        at = thread.at(start)  # type: ignore[arg-type]
        found[thread.control] = Function(thread.control, domain, thread.type, at, "control", span=thread.span)
    return found


def _variable(program: Program, elaborator: Elaborator, variable: StateVariable) -> Function:
    assert not isinstance(variable.holds, str)
    initial: Expression = default_value(variable.holds, program)
    if variable.initial is not None:
        initial = elaborator.expression(variable.initial, Environment(), variable.holds)
        if not isinstance(initial, Literal):
            initial = _as_option_literal(initial)
        if not isinstance(initial, Literal):
            raise problem("HV229", "a variable starts with a fixed value", variable.initial.span)
        _in_range(initial, variable)
        initial = replace(initial, type=variable.holds)
    assert isinstance(initial, Literal)
    role: Role = "ghost" if variable.ghost else "variable"
    return Function(
        variable.name,
        variable.domain,
        variable.holds,
        initial,
        role,
        variable.volatile,
        variable.span,
    )


def _as_option_literal(expression: Expression) -> Expression:
    if getattr(expression, "operation", "") == "just":
        inner = expression.arguments[0]  # type: ignore[union-attr]
        if isinstance(inner, Literal):
            return Literal(inner.value, expression.type, inner.name)
    return expression


def _in_range(initial: Literal, variable: StateVariable) -> None:
    from hvmodel.types import Int

    holds = variable.holds
    if isinstance(holds, Int) and isinstance(initial.value, int) and not holds.low <= initial.value <= holds.high:
        assert variable.initial is not None
        raise problem(
            "HV230",
            "the initial value is out of range",
            variable.initial.span,
            expected=str(holds),
            found=str(initial.value),
        )


def _location_types(builder: Builder) -> dict[str, Enum]:
    types = {FAILURE.name: Enum(FAILURE.name, tuple(builder.codes))}
    for thread in builder.threads:
        types[thread.control] = Enum(thread.control, (IDLE, *(location.name for location in thread.locations)))
    return types


def _thread(thread: ThreadBuilder) -> SystemThread:
    return SystemThread(
        thread.name,
        thread.control,
        thread.kind,  # type: ignore[arg-type]
        thread.parameters,
        thread.parent.name if thread.parent else "",
        thread.waits.name if thread.waits else "",
        Reference(thread.place.name, thread.place.indices) if thread.place else None,
        thread.span,
    )


def _location(thread: str, location: Location) -> SystemLocation:
    inside = tuple(handling.name for handling in location.inside)
    return SystemLocation(thread, location.name, location.label.name, inside, location.span)


def _disks(program: Program, state: Mapping[str, StateVariable]):  # type: ignore[no-untyped-def]
    for variable in state.values():
        if isinstance(variable.holds, str):
            storage = program.storages[variable.holds]
            fields = tuple((field.name.text, f"{variable.name}.{field.name}") for field in storage.variables)
            block = None
            for field in storage.variables:
                inner = state[f"{variable.name}.{field.name}"].domain[len(variable.domain) :]
                if inner and isinstance(inner[0], Sort):
                    block = block or inner[0]
            yield Disk(variable.name, variable.holds, storage.driver, variable.domain, fields, block)
