"""Compiling a spec for one scenario and scope."""

from __future__ import annotations

from collections.abc import Mapping

from hvmodel.source import NOWHERE, Span
from hvmodel.system import Scope, System

from ..claims import budget_limits, setting_from_text
from ..diagnostic import Diagnostic
from ..fixes import fixed
from ..problem import SpecError, problem
from ..program import Program
from ..spec import Scenario, ScopeChoice, Setting, Spec
from .system import build


def compile_system(
    spec: Spec, *, scenario: str | None = None, scope: str | None = None, settings: Mapping[str, Setting] | None = None
) -> tuple[System | None, Scope | None, tuple[Diagnostic, ...]]:
    """The system and its scope under a scenario (None: the defaults) and extra settings, or why there is none.

    A setting names a parameter, a budget, or a sort whose size it gives.
    """
    program = spec.program
    assert isinstance(program, Program)
    try:
        return _compile(spec, program, scenario, scope, settings or {})
    except SpecError as error:
        return None, None, fixed((error.diagnostic,), program)
    except RecursionError:
        return None, None, (Diagnostic("HV006", "nested too deeply to be compiled", Span(spec.file, 1, 1, 1, 1)),)


def _compile(
    spec: Spec, program: Program, scenario: str | None, scope: str | None, extra: Mapping[str, Setting]
) -> tuple[System, Scope, tuple[Diagnostic, ...]]:
    chosen = _find(spec.scenarios, scenario, "scenario")
    default_scope = chosen.scopes[0] if chosen is not None and chosen.scopes else None
    sizes_of = _find(spec.scopes, scope or default_scope, "scope") or (spec.scopes[0] if spec.scopes else None)
    given = {**(chosen.settings if chosen else {})}
    given.update({name: setting_from_text(program, name, value) for name, value in extra.items()})
    sizes = {**(sizes_of.sizes if sizes_of else {})}
    budgets = dict.fromkeys(budget_limits(program), 0)
    budgets.update(sizes_of.budgets if sizes_of else {})
    for name, value in given.items():
        if name in program.sorts:
            sizes[name] = int(value)
        elif name in budgets:
            budgets[name] = int(value)
    missing = [name for name in program.sorts if name not in sizes]
    if missing:
        raise problem(
            "HV502",
            f"no scope says how many {missing[0]} there are",
            NOWHERE,
            expected=f"scope small {{ {missing[0]} = 2 }}",
        )
    parameters = {name: value for name, value in given.items() if name in program.parameters}
    system = build(program, parameters, budgets, spec.title)
    name = sizes_of.name if sizes_of else "whole"
    return system, Scope(name, tuple((sort, sizes[sort]) for sort in program.sorts)), ()


def _find(choices: tuple[Scenario, ...] | tuple[ScopeChoice, ...], name: str | None, kind: str):  # type: ignore[no-untyped-def]
    if name is None:
        return None
    for choice in choices:
        if choice.name == name:
            return choice
    known = ", ".join(choice.name for choice in choices) or "none"
    raise problem("HV102", f"no {kind} is called `{name}`", NOWHERE, expected=known)
