"""The whole compilation: threads, environment, faults, properties, and a system without placeholders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hvmodel.expression import TRUE, Apply, Expression, Literal
from hvmodel.system import Disk, Function, Reference, Role, System
from hvmodel.system import Event as SystemEvent
from hvmodel.system import Location as SystemLocation
from hvmodel.system import Thread as SystemThread
from hvmodel.types import BOOL, Int, Sort, Type, Value

from .. import syntax as s
from ..elaborate import Elaborator
from ..entities import ActorRef, Environment, PlaceRef
from ..labels import blocks, labels, statements
from ..problem import problem
from ..program import Program
from ..shapes import StateVariable, default_value, index_type, state_variables
from ..spec import Setting
from . import crash, reactions
from .actors import actors
from .builder import Builder
from .claims import properties
from .environment import environment_action
from .flow import run
from .path import Path
from .plain import Plain
from .prune import prune
from .query import ControlQueries
from .threads import Context, Handling, Location, ThreadBuilder
from .types import complete


def build(program: Program, settings: Mapping[str, Setting], budgets: Mapping[str, int], title: str = "") -> System:
    """Compile under one setting of the parameters and budgets. Raises SpecError."""
    queries = ControlQueries(crashable=_crashable(program, budgets))
    elaborator = Elaborator(program, state_variables(program), dict(settings), queries)
    plain = Plain(elaborator)
    builder = Builder(program, elaborator, plain, dict(budgets), queries.crashable, labels=labels(program))
    queries.builder = builder
    builder.elaborator.ghosts_allowed = False
    starts = {name: _protocol(builder, protocol) for name, protocol in program.protocols.items()}
    reactions.reactions(builder, run)
    builder.drain()
    for task in builder.deferred:
        task()
    crash.deadlines(builder)
    plain.special = lambda statement, environment, path: crash.special(builder, statement, environment, path)
    for declaration in program.environments.values():
        environment_action(builder, declaration)
    queries.complete = True
    elaborator.ghosts_allowed = True
    prune(builder, starts.values())
    functions = _functions(builder, starts)
    claims = properties(builder, queries, functions)
    functions = _functions(builder, starts)
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
        tuple(_disks(program, elaborator)),
        tuple(sorted(budgets.items())),
        tuple(program.enums.values()),
        actors(elaborator),
    )
    complete(builder)
    return system


def _crashable(program: Program, budgets: Mapping[str, int]) -> frozenset[str]:
    """The places that a fault with a budget, or the protocol itself, can crash."""
    found: set[str] = set()
    happenings = program.environments.items()
    possible = (d.body for name, d in happenings if d.fault_limit is None or budgets.get(name, 0))
    for block in (*possible, *blocks(program)):
        for statement in statements(block):
            if isinstance(statement, s.Crash):
                place = statement.place
                while isinstance(place, s.Index):
                    place = place.target
                if isinstance(place, s.NameRef):
                    found.add(place.name)
    return frozenset(found & program.places.keys())


# -------------------------------------------------------------------- protocols


def _protocol(builder: Builder, declaration: s.ProtocolDecl) -> Location:
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
    return start


# -------------------------------------------------------------------- putting it together


def _functions(builder: Builder, starts: Mapping[str, Location]) -> dict[str, Function]:
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
        at = thread.at(starts.get(thread.name))
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
    match expression:
        case Apply("just", (Literal(value, _, name),)):
            return Literal(value, expression.type, name)
        case _:
            return expression


def _in_range(initial: Literal, variable: StateVariable) -> None:
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


def _thread(thread: ThreadBuilder) -> SystemThread:
    return SystemThread(
        thread.name,
        thread.control,
        thread.kind,
        thread.parameters,
        thread.parent.name if thread.parent else "",
        thread.waits.name if thread.waits else "",
        Reference(thread.place.name, thread.place.indices) if thread.place else None,
        thread.span,
    )


def _location(thread: str, location: Location) -> SystemLocation:
    inside = tuple(handling.name for handling in location.inside)
    return SystemLocation(thread, location.name, location.label.name, inside, location.span)


def _disks(program: Program, elaborator: Elaborator) -> Iterator[Disk]:
    state = elaborator.state
    for variable in state.values():
        if isinstance(variable.holds, str) and variable.holds in program.storages:
            storage = program.storages[variable.holds]
            fields = tuple((field.name.text, f"{variable.name}.{field.name}") for field in storage.variables)
            block = None
            for field in storage.variables:
                inner = state[f"{variable.name}.{field.name}"].domain[len(variable.domain) :]
                if inner and isinstance(inner[0], Sort):
                    block = block or inner[0]
            settings = tuple(_settings(program, storage, elaborator))
            yield Disk(variable.name, variable.holds, storage.driver, variable.domain, fields, block, settings)


def _settings(program: Program, storage: s.StorageDecl, elaborator: Elaborator) -> Iterator[tuple[str, Value]]:
    """The parameters of the text that declares a storage class."""
    for name, declaration in program.parameters.items():
        value = elaborator.parameter(name)
        if declaration.name.span.file == storage.span.file and isinstance(value, Literal):
            yield name, value.value
