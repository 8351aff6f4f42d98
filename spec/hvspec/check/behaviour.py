"""What actors, protocols, the world and storage operations do, each declaration by itself."""

from __future__ import annotations

from functools import partial

from hvmodel.expression import TRUE, Expression

from .. import syntax as s
from ..compile.plain import is_plain
from ..compile.reactions import reaction_subject
from ..entities import ActorRef, Cells, Environment
from ..labels import blocks_of
from ..loops import check_loops
from ..members import inherited, members
from ..parameters import any_values
from ..problem import problem, suggestion
from ..refine import check_refinement
from ..shapes import StateVariable, actor_domain
from .code import Checker
from .places import place_of


def check_behaviour(checker: Checker) -> None:
    """The code of actors, protocols and the world. None of it may read ghosts."""
    program, elaborator = checker.program, checker.elaborator
    elaborator.ghosts_allowed = False
    for actor in program.actors.values():
        checker.once("actor", checker.memory.with_service(program, actor), partial(_actor, checker, actor))
    for protocol in program.protocols.values():
        checker.once("protocol", protocol, partial(_protocol, checker, protocol))
    for happening in program.environments.values():
        checker.once("happening", happening, partial(_happening, checker, happening))
    elaborator.ghosts_allowed = True


def check_ways(checker: Checker) -> None:
    """What depends on where a statement stands: loops, and what an instance overrides."""
    program, once = checker.program, checker.once
    for actor in program.actors.values():
        once("ways", checker.memory.with_service(program, actor), partial(_ways, checker, actor))
    for service in program.services.values():
        once("ways", service, partial(_ways, checker, service))
    for protocol in program.protocols.values():
        once("ways", protocol, partial(_ways, checker, protocol))


def _ways(checker: Checker, owner: s.ActorDecl | s.ServiceDecl | s.ProtocolDecl) -> None:
    for block in blocks_of(owner):
        checker.found.extend(check_loops(checker.program, block))
    checker.found.extend(check_refinement(checker.program, owner))


def _actor(checker: Checker, actor: s.ActorDecl) -> None:
    elaborator = checker.elaborator
    domain = actor_domain(checker.program, actor)
    indices = tuple(
        elaborator.fresh(binder.name.text, type_) for binder, type_ in zip(actor.binders, domain, strict=True)
    )
    environment = elaborator.actor_environment(ActorRef(actor.name.text, indices))
    if actor.site is not None:
        place_of(elaborator, actor.site, environment, "an actor is on a place")
    for member in members(checker.program, actor):
        with checker.collecting():
            _member(checker, member, environment, actor.name.text)


def _member(checker: Checker, member: s.Member_, environment: Environment, actor: str) -> None:
    checker.elaborator.facts = ()
    if isinstance(member, s.Handler):
        names, _ = any_values(checker.elaborator, member.params)
        checker.block(member.body, environment.with_names(names))
        overridden = inherited(checker.program, actor, member.message.text)
        if overridden is not None and overridden is not member:
            _member(checker, overridden, environment, actor)
    elif isinstance(member, s.Reaction):
        reaction_subject(checker.elaborator, member, environment)
        checker.block(member.body, environment)


def _protocol(checker: Checker, protocol: s.ProtocolDecl) -> None:
    runner = checker.elaborator.entity(protocol.actor, Environment())
    if not isinstance(runner, ActorRef) or runner.rest:
        raise problem("HV316", "a protocol is run by an actor", protocol.actor.span, expected="an actor")
    checker.block(protocol.body, checker.elaborator.actor_environment(runner))


def _happening(checker: Checker, declaration: s.EnvironmentDecl) -> None:
    elaborator = checker.elaborator
    names, _ = any_values(elaborator, declaration.params)
    environment = Environment(names)
    if declaration.spends is not None and declaration.spends.text not in checker.program.budgets:
        fix = suggestion(declaration.spends, checker.program.budgets)
        raise problem("HV102", f"no budget is called `{declaration.spends}`", declaration.spends.span, fix=fix)
    if declaration.site is not None:
        place_of(elaborator, declaration.site, environment, "this happens on a place", "a place")
    condition: Expression = TRUE
    if declaration.when is not None:
        condition = elaborator.boolean(declaration.when, environment)
    message = "only plain assignments, `crash` and `restart` happen here"
    with elaborator.assuming(condition), checker.crashing():
        _only_plain(checker, declaration.body, environment, message, crashes=True)


def check_storages(checker: Checker) -> None:
    """Operations of storage classes, on the first variable of each class."""
    done: set[str] = set()
    for variable in checker.elaborator.state.values():
        if not isinstance(variable.holds, str) or variable.holds in {*done, *checker.program.records}:
            continue
        done.add(variable.holds)
        storage = checker.program.storages[variable.holds]
        # All that is asked of the variable is in its kind: `storage` may be one of another now.
        part = f"storage {variable.name} {variable.domain} {variable.ghost}"
        checker.once(part, storage, partial(_operations, checker, storage, variable))


def _operations(checker: Checker, storage: s.StorageDecl, variable: StateVariable) -> None:
    indices = tuple(checker.elaborator.fresh("i", type_) for type_ in variable.domain)
    disk = Cells(variable.name, indices, (), storage.name.text, variable.ghost)
    environment = checker.elaborator.disk_environment(disk)
    for operation in storage.operations:
        with checker.collecting():
            names, _ = any_values(checker.elaborator, operation.params)
            inner = environment.with_names(names)
            condition: Expression = TRUE
            if operation.requires is not None:
                condition = checker.elaborator.boolean(operation.requires, inner)
            with checker.elaborator.assuming(condition):
                _only_plain(checker, operation.body, inner, "an operation holds plain assignments only")


def _only_plain(
    checker: Checker, body: s.Block, environment: Environment, message: str, *, crashes: bool = False
) -> None:
    for statement in body.statements:
        with checker.collecting():
            if not is_plain(statement, crashes=crashes):
                raise problem("HV312", message, statement.span)
            checker.run_plain(statement, environment)
