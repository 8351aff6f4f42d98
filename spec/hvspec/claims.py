"""Static checks of properties, scopes and scenarios; and the readable `Spec` made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from hvmodel.source import NOWHERE, Span
from hvmodel.types import Int, Option, Type

from . import syntax as s
from .annotations import measures, remarks
from .elaborate import Elaborator
from .entities import Environment
from .labels import LOSSES, Labels, asynchronous, labels
from .library import era_names, find_spec
from .problem import SpecError, problem, suggestion
from .program import Program, assemble
from .setting import number, parsed, setting_of
from .shapes import scalar
from .size import MAX_BUDGET, MAX_SIZE
from .spec import Claimed, Expectation, ExpectedWord, Parameter, Scenario, ScopeChoice, Setting, Spec

if TYPE_CHECKING:
    from .check.code import Checker

Limits = Mapping[str, int | None]

DEADLINES = "deadlines"
BUILT_IN_CLAIMS = frozenset({"Preconditions", "NoDeadlock"})


def budget_limits(program: Program, lossy: bool | None = None) -> Limits:
    """Every budget by name, with the most that it may be set to; `lossy` if it is known whether messages are lost."""
    limits: dict[str, int | None] = {DEADLINES: None}
    if any(True in lost for lost in asynchronous(program).values()) if lossy is None else lossy:
        limits[LOSSES] = None
    limits.update(dict.fromkeys(program.budgets))
    for name, declaration in program.environments.items():
        if declaration.fault_limit is not None:
            limits[name] = declaration.fault_limit
    return limits


def check_claims(checker: Checker) -> None:
    program = checker.program
    checker.control.in_claim = True
    for declaration in program.properties.values():
        checker.once("claim", declaration, partial(_property, checker, declaration))
    checker.control.in_claim = False
    for scope in program.scopes.values():
        checker.once("scope", scope, partial(_scope, checker, scope))
    for scenario in program.scenarios.values():
        checker.once("scenario", scenario, partial(_scenario, checker, scenario))
    for expectation in program.expectations:
        checker.once("expectation", expectation, partial(_expectation, checker, expectation))
    for measure in program.measures.values():
        with checker.collecting():
            _known_label(measure.label, checker.control.known)
    # A module speaks of the parts of several eras; what the era's own file names has to be there.
    own = (about for about in program.abouts if program.kind == "era" and program.own(about.span))
    for label in (label for about in own for label in about.labels):
        with checker.collecting():
            _documented(program, label, checker.control.known)


def _documented(program: Program, label: s.Label, happenings: Collection[str]) -> None:
    """An era's `about` names something that there is, or would be if it could be read."""
    known = (happenings, program.environments, program.protocols, program.properties)
    part = label.owner or label.name
    if part.text not in program.unread and not any(str(label) in table for table in known):
        fix = suggestion(s.Name(str(label), label.span), {name for table in known for name in table})
        message = f"no step, message, event, protocol or property is called `{label}`"
        raise problem("HV102", message, label.span, fix=fix)


def _scenario(checker: Checker, scenario: s.ScenarioDecl) -> None:
    program = checker.program
    for name in scenario.scopes:
        _known(checker, name, program.scopes, "scope")
    for setting in scenario.settings:
        with checker.collecting():
            setting_value(program, checker.elaborator, setting, checker.limits)
    for expectation in scenario.expectations:
        _expectation(checker, expectation)


def _known(checker: Checker, name: s.Name, known: Iterable[str], kind: str) -> None:
    with checker.collecting():
        if name.text not in known:
            raise problem("HV102", f"no {kind} is called `{name}`", name.span, fix=suggestion(name, known))


def _property(checker: Checker, declaration: s.PropertyDecl) -> None:
    program, elaborator = checker.program, checker.elaborator
    for name in declaration.under:
        faults = [n for n, d in program.environments.items() if d.fault_limit is not None]
        _known(checker, name, [*faults, *({DEADLINES, LOSSES} & checker.limits.keys())], "fault")
    for name in declaration.lemmas:
        lemmas = [n for n, d in program.properties.items() if d.claim == "invariant"]
        _known(checker, name, lemmas, "invariant")
    for expression in (declaration.trigger, declaration.expression, declaration.witness):
        if expression is not None:
            with checker.collecting():
                elaborator.boolean(expression, Environment())
    if declaration.label is not None:
        known = checker.control.known
        elsewhere = declaration.claim == "never" and _known_elsewhere(program, declaration.label, known)
        if not elsewhere:
            _known_label(declaration.label, known)


def _known_elsewhere(program: Program, label: s.Label, known: Collection[str]) -> bool:
    """A `never` may be about what other shipped eras do and this one has no word for."""
    if str(label) in known:
        return False
    return any(str(label) in _labels_of(name) for name in era_names() if name != program.name)


@cache
def _labels_of(era: str) -> Labels:
    """What a shipped era can do; the era does not change while the program runs."""
    return labels(assemble(find_spec(era)))


def _known_label(label: s.Label, known: Collection[str]) -> None:
    if str(label) not in known:
        name = s.Name(str(label), label.span)
        raise problem("HV102", f"no step or message is called `{label}`", label.span, fix=suggestion(name, known))


def _expectation(checker: Checker, declaration: s.ExpectDecl) -> None:
    program = checker.program
    found = program.properties.get(declaration.property.text)
    if found is None or found.claim == "invariant":
        claims = [name for name, d in program.properties.items() if d.claim != "invariant"]
        _known(checker, declaration.property, [*claims, *BUILT_IN_CLAIMS], "property")
    for name in declaration.scopes:
        _known(checker, name, program.scopes, "scope")
    if declaration.by is not None:
        with checker.collecting():
            if str(declaration.by) not in program.environments:
                _known_label(declaration.by, checker.control.known)
    is_cover = found is not None and found.claim == "cover"
    if found is not None and (declaration.verdict in ("reached", "unreachable")) != is_cover and is_cover is False:
        with checker.collecting():
            raise problem(
                "HV503",
                f"`{declaration.property}` is not a `cover`",
                declaration.span,
                expected="holds, proved or violated",
                found=declaration.verdict,
            )


def _scope(checker: Checker, scope: s.ScopeDecl) -> None:
    program = checker.program
    limits = checker.limits
    for name, size in scope.settings:
        with checker.collecting():
            if name.text in program.sorts:
                _size(program, name, size)
            elif name.text in limits:
                _within_limit(name, size, limits[name.text])
            else:
                known = [*program.sorts, *limits]
                raise problem("HV102", f"no sort or budget is called `{name}`", name.span, fix=suggestion(name, known))
    given = {name.text for name, _ in scope.settings}
    missing = [sort for sort in program.sorts if sort not in given]
    if missing:
        raise problem(
            "HV501", f"the scope gives no size for {', '.join(missing)}", scope.span, expected=f"{missing[0]} = 2"
        )


def _size(program: Program, name: s.Name, size: int) -> None:
    """Whether a sort may have so many elements: its constants are different ones."""
    constants = [constant for constant, (sort, _) in program.constants.items() if sort.name == name.text]
    needed = max(1, len(constants))
    if not needed <= size <= MAX_SIZE:
        why = f": {', '.join(constants)} are different elements" if 0 < size < needed else ""
        message = f"{name} = {size} is too {'small' if size < needed else 'large'}{why}"
        raise problem("HV504", message, name.span, expected=f"{needed} to {MAX_SIZE}", found=str(size))


def setting_value(program: Program, elaborator: Elaborator, setting: s.SettingDecl, limits: Limits) -> Setting:
    """The value a scenario gives to a parameter or budget. Raises SpecError."""
    name = setting.name
    if name.text in limits:
        number = setting.value.value if isinstance(setting.value, s.Constant) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise problem("HV505", f"the budget `{name}` is a number", setting.value.span, expected="a number")
        _within_limit(name, number, limits[name.text])
        return number
    if name.text not in program.parameters:
        known = [*program.parameters, *limits]
        raise problem("HV102", f"no parameter or budget is called `{name}`", name.span, fix=suggestion(name, known))
    type_ = scalar(program, program.parameters[name.text].type)
    value = setting_of(elaborator.expression(setting.value, Environment(), type_))
    if value is None:
        raise problem("HV506", "a scenario gives fixed values", setting.value.span, expected=str(type_))
    in_type(name, name.span, value, type_)
    return value


def _within_limit(name: s.Name, number: int, limit: int | None) -> None:
    limit = MAX_BUDGET if limit is None else limit
    if number > limit:
        raise problem(
            "HV507", f"`{name}` happens at most {limit} times", name.span, expected=f"0..{limit}", found=str(number)
        )


def in_type(name: s.Name, span: Span, value: Setting | None, type_: Type) -> None:
    """Raises SpecError at a place for a number that a parameter cannot be."""
    type_ = type_.of if isinstance(type_, Option) else type_
    if isinstance(type_, Int) and isinstance(value, int) and not type_.low <= value <= type_.high:
        raise problem("HV507", f"`{name}` is out of range", span, expected=str(type_), found=str(value))


def setting_from_text(program: Program, name: str, text: Setting) -> Setting:
    """A setting given outside of the spec (`--set name=value`). Raises SpecError."""
    where = s.Name(name, NOWHERE)
    limits = budget_limits(program)
    if name in limits or name in program.sorts:
        given = number(str(text))
        if given is None or given < 0:
            raise problem("HV505", f"`{name}` is a number", NOWHERE, expected="a number", found=str(text))
        if name in limits:
            _within_limit(where, given, limits[name])
        else:
            _size(program, where, given)
        return given
    if name not in program.parameters:
        known = [*program.parameters, *limits, *program.sorts]
        raise problem(
            "HV102", f"no parameter, budget or sort is called `{name}`", NOWHERE, fix=suggestion(where, known)
        )
    type_ = scalar(program, program.parameters[name].type)
    value = parsed(program, str(text), type_)
    if value is None:
        raise problem("HV211", f"`{name}` does not fit", NOWHERE, expected=str(type_), found=str(text))
    in_type(where, where.span, value, type_)
    return value


def describe(program: Program, elaborator: Elaborator, file: str) -> Spec:
    """The spec as commands see it. The program has been checked without errors."""
    limits, era_wide = budget_limits(program), tuple(map(_expected, program.expectations))
    scenarios = [
        Scenario(
            declaration.name.text,
            declaration.title,
            {item.name.text: setting_value(program, elaborator, item, limits) for item in declaration.settings},
            (*era_wide, *map(_expected, declaration.expectations)),
            tuple(name.text for name in declaration.scopes),
            declaration.span,
        )
        for declaration in program.scenarios.values()
    ]
    if not scenarios:
        scenarios = [Scenario("default", "as written", {}, era_wide)]
    return Spec(
        program.name,
        program.title,
        file,
        (
            *(_parameter(program, elaborator, declaration) for declaration in program.parameters.values()),
            *(_budget(program, name, limit) for name, limit in limits.items()),
        ),
        tuple(_scope_choice(program, declaration) for declaration in program.scopes.values()),
        tuple(scenarios),
        tuple(
            Claimed(
                declaration.name.text,
                declaration.title,
                declaration.claim,
                declaration.id.text if declaration.id else "",
                program.cited(declaration.name.text, declaration.cites),
                declaration.span,
            )
            for declaration in program.properties.values()
        ),
        dict(program.sources),
        measures(program),
        remarks(program),
        program,
    )


def _expected(declaration: s.ExpectDecl) -> Expectation:
    by = str(declaration.by) if declaration.by else ""
    scopes = tuple(name.text for name in declaration.scopes)
    word: ExpectedWord = declaration.verdict  # type: ignore[assignment]
    return Expectation(declaration.property.text, word, by, declaration.because, declaration.span, scopes)


def _parameter(program: Program, elaborator: Elaborator, declaration: s.ParamDecl) -> Parameter:
    type_ = scalar(program, declaration.type)
    default = setting_of(elaborator.expression(declaration.default, Environment(), type_))
    value = "" if default is None else default
    return Parameter(declaration.name.text, str(type_), value, declaration.title, declaration.span)


def _budget(program: Program, name: str, limit: int | None) -> Parameter:
    """A budget as something to set; what it is without a scenario is in the first scope."""
    first = next(iter(program.scopes.values()), None)
    default = next((value for given, value in first.settings if given.text == name), 0) if first else 0
    declared = program.budgets.get(name)
    title = declared.title if declared else _BUDGET_TITLES.get(name, "how often this fault happens")
    span = declared.span if declared else NOWHERE
    return Parameter(name, f"int 0..{MAX_BUDGET if limit is None else limit}", default, title, span)


_BUDGET_TITLES = {DEADLINES: "how many time limits pass", LOSSES: "how many messages are lost in flight"}


def _scope_choice(program: Program, declaration: s.ScopeDecl) -> ScopeChoice:
    given: Mapping[str, int] = {name.text: value for name, value in declaration.settings}
    sizes = {name: given[name] for name in program.sorts}
    budgets = {name: value for name, value in given.items() if name not in program.sorts}
    return ScopeChoice(declaration.name.text, sizes, budgets, declaration.span)


__all__ = ["SpecError", "budget_limits", "check_claims", "describe", "setting_from_text"]
