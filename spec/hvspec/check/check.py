"""A whole program, part after part; with a memory, only the parts of which something else may be said now."""

from __future__ import annotations

from hvmodel.expression import reads

from ..channels import check_channel
from ..claims import budget_limits, check_claims, in_type
from ..compile.plain import Plain
from ..diagnostic import Diagnostic, Fix, in_order
from ..elaborate import Elaborator
from ..entities import Environment
from ..members import members
from ..memory import Memory
from ..problem import problem
from ..program import Program
from ..setting import setting_of
from ..shapes import record_fields, scalar
from ..syntax import VariableDecl
from .behaviour import check_behaviour, check_storages, check_ways
from .code import Checker
from .control import CheckedControl
from .instances import check_instances, not_given

BUILT_IN_CODES = frozenset({"CRASHED", "PLACE_DOWN"})


def check(program: Program, memory: Memory | None = None) -> tuple[Diagnostic, ...]:
    """Everything wrong with a program, each finding once, in the order of the text.

    With the memory of an earlier check, only what may be said differently now is checked again.
    """
    wrong: list[Diagnostic] = []
    memory = memory or Memory()
    state = memory.state(program, wrong)
    named, codes = memory.labels(program), BUILT_IN_CODES | memory.codes(program)
    loses = memory.loses(program)
    memory.begin(program, codes, loses)
    control = CheckedControl(program, named)
    elaborator = Elaborator(program, state, {}, control)
    limits = budget_limits(program, loses)
    checker = Checker(program, elaborator, Plain(elaborator), control, codes=codes, limits=limits, memory=memory)
    for part in (
        _parameters,
        _records,
        _volatile,
        check_instances,
        _variables,
        check_behaviour,
        check_ways,
        check_storages,
    ):
        with checker.collecting():
            part(checker)
    for channel in program.channels.values():
        checker.found.extend(check_channel(program, channel))
    check_claims(checker)
    unread = program.unread | {name for name in program.variables if name not in state}
    for actor in program.actors.values():
        variables = (member for member in members(program, actor) if isinstance(member, VariableDecl))
        unread |= {member.name.text for member in variables if f"{actor.name}.{member.name}" not in state}
        unread |= not_given(program, actor)
    hidden = bool(program.unread)
    # A variable may be named like the sort that its type lacks: what is wrong with it does not follow from itself.
    found = [one for one in wrong if not _follows(one, program.unread, hidden)]
    found += [one for one in checker.found if not _follows(one, unread, hidden)]
    return in_order([*program.diagnostics, *found])


def _follows(found: Diagnostic, unread: set[str], hidden: bool) -> bool:
    """Whether a name is unknown only because its declaration could not be read, which is reported there.

    Steps and messages may be hidden in what could not be read.
    """
    if found.code == "HV102" and found.message.startswith("no step or message") and hidden:
        return True
    return found.code == "HV102" and any(f"`{name}`" in found.message for name in unread)


def _parameters(checker: Checker) -> None:
    """What a parameter is unless it is set, whether or not anything asks for it."""
    for name, declaration in checker.program.parameters.items():
        with checker.collecting():
            value, span = checker.elaborator.parameter(name), declaration.default.span
            type_ = scalar(checker.program, declaration.type)
            if reads(value):
                raise problem("HV506", "a default does not change while a protocol runs", span, expected=str(type_))
            in_type(declaration.name, span, setting_of(value), type_)


def _records(checker: Checker) -> None:
    for name in checker.program.records:
        with checker.collecting():
            record_fields(checker.program, name)


def _volatile(checker: Checker) -> None:
    """Only what an actor has can be lost with its place."""
    program = checker.program
    fields = (field for storage in program.storages.values() for field in storage.variables)
    for variable in (*program.variables.values(), *fields):
        if variable.volatile:
            fix = Fix("declare it in the actor whose place it is lost with, or leave out `volatile`")
            message = f"`{variable.name}` has no place to crash"
            checker.found.append(Diagnostic("HV231", message, variable.span, fix=fix))


def _variables(checker: Checker) -> None:
    for variable in checker.elaborator.state.values():
        if variable.initial is not None and not isinstance(variable.holds, str):
            with checker.collecting():
                checker.elaborator.expression(variable.initial, Environment(), variable.holds)
