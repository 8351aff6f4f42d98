"""The system of a run: compiled from a spec under a scenario, or from what was saved with a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from hvcheck.plan.choice import Choice, UsageError, check_choice
from hvcheck.plan.work import load_spec
from hvmodel.dataclass import dataclass
from hvmodel.state import Layout
from hvmodel.system import Scope
from hvspec.compile import compile_system
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Setting, Spec

from .problem import wrong
from .saved import SavedRun


@dataclass(frozen=True, slots=True)
class Compiled:
    """A spec's system in a scope. `name` is how the spec is loaded again."""

    name: str
    spec: Spec
    scenario: str
    settings: Mapping[str, Setting]
    layout: Layout

    def id_of(self, claim: str) -> str:
        """The id of a property in the document's table, if it has one."""
        return next((one.id for one in self.spec.properties if one.name == claim), "")

    @property
    def meta(self) -> dict[str, object]:
        """What it takes to compile it again, as `saved` reads it."""
        return {
            "spec": self.name,
            "scenario": self.scenario,
            "scope": dict(self.layout.scope.sizes),
            "scope_name": self.layout.scope.name,
            "settings": dict(self.settings),
            "budgets": dict(self.layout.system.budgets),
        }


def compiled(
    name: str, spec: Spec, scenario: str | None, scope: str | None, settings: Mapping[str, Setting]
) -> Compiled | tuple[Diagnostic, ...]:
    """The system, or why there is none. Raises UsageError for names that the spec does not have."""
    scenario = scenario or (spec.scenarios[0].name if spec.scenarios else None)
    asked = Choice(tuple(filter(None, [scenario])), tuple(filter(None, [scope])), (), tuple(settings.items()))
    check_choice(asked, spec)
    system, sizes, diagnostics = compile_system(spec, scenario=scenario, scope=scope, settings=settings)
    if system is None or sizes is None:
        return diagnostics
    return Compiled(name, spec, scenario or "", settings, Layout(system, sizes))


def of_saved(
    run: SavedRun,
    name: str = "",
    scenario: str | None = None,
    scope: str | None = None,
    settings: Mapping[str, Setting] = MappingProxyType({}),
) -> Compiled | tuple[Diagnostic, ...]:
    """The system that a run was saved from, in the same sizes and budgets; `name` is its spec if that has moved.

    Scenario, scope and settings that are named are in the place of the run's own; the rest is the run's. Raises
    ProblemError if the spec lacks what the run was saved from, and UsageError if it lacks what is named.
    """
    name = name or run.spec
    if not name:
        raise wrong("spec", run.file, "the run does not say which spec it is of", fix="name it with --spec")
    spec, diagnostics = load_spec(name)
    if spec is None:
        if not Path(name).is_file():
            raise wrong("spec", run.file, f"there is no spec {name} here", fix="name it with --spec")
        return diagnostics
    named = Choice(tuple(filter(None, [scenario])), tuple(filter(None, [scope])), (), tuple(settings.items()))
    check_choice(named, spec)
    saved_scope = run.scope if any(one.name == run.scope for one in spec.scopes) else None
    settable = {*(one.name for one in spec.parameters), *(sort for one in spec.scopes for sort in one.sizes)}
    given: dict[str, Setting] = {key: value for key, value in run.settings if key in settable}
    extra: dict[str, Setting] = {}
    if scenario is None or any(one.name == run.scenario for one in spec.scenarios):
        try:
            found = compiled(name, spec, run.scenario or None, saved_scope, given)
        except UsageError as error:
            of = f"it was saved from {run.spec}" if run.spec else "name the spec that it is of"
            raise wrong("spec", run.file, str(error), fix=of) from error
        if not isinstance(found, Compiled):
            return found
        # Budgets that the run's own scenario does not give; another scenario's own stay.
        # To have had none of what this spec lacks is nothing to give.
        usual = dict(found.layout.system.budgets)
        extra = {budget: limit for budget, limit in run.budgets if usual.get(budget, 0) != limit}
    # Sizes as saved: a counterexample may be of another size than the scope says.
    first = spec.scenarios[0].name if spec.scenarios else ""
    chosen, given = scenario or run.scenario or first, {**given, **settings}
    system, at, diagnostics = compile_system(
        spec, scenario=chosen or None, scope=scope or saved_scope, settings={**extra, **given}
    )
    if system is None or at is None:
        return diagnostics
    sorts = {sort.name for sort in system.sorts} - set(settings)
    sizes = {} if scope else {sort: size for sort, size in run.sizes if sort in sorts}
    scope_ = Scope(at.name, tuple((sort, sizes.get(sort, size)) for sort, size in at.sizes))
    return Compiled(name, spec, chosen, given, Layout(system, scope_))
