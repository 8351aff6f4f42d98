"""What the user wants run, and the jobs that follow from it for one spec."""

from __future__ import annotations

from collections.abc import Iterator

from hvcheck.engine import Budget
from hvcheck.reduce.choice import DEFAULT, Reduction
from hvmodel.dataclass import dataclass
from hvspec.spec import Scenario, Setting, Spec

from .job import NO_LIMIT, EngineName, Job

NO_SCENARIO = Scenario("", "the spec as it stands", {}, ())
"""Stands for a spec that has no scenario."""


class UsageError(Exception):
    """The user asked for something that is not there; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Empty tuples mean everything. With `engines` empty, explicit always and symbolic where `proved` is expected."""

    scenarios: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    settings: tuple[tuple[str, Setting], ...] = ()
    engines: tuple[EngineName, ...] = ()
    budget: Budget = NO_LIMIT
    reductions: tuple[Reduction, ...] = DEFAULT


def check_choice(choice: Choice, spec: Spec) -> None:
    """Raises UsageError if the spec lacks something that was asked for by name."""
    for kind, asked, there in (
        ("scenario", choice.scenarios, [scenario.name for scenario in spec.scenarios]),
        ("scope", choice.scopes, [scope.name for scope in spec.scopes]),
        ("property", properties_of(choice, spec), [*(claim.name for claim in spec.properties), *BUILT_IN]),
        ("parameter or sort", [name for name, _ in choice.settings], _settable(spec)),
    ):
        for name in asked:
            if name not in there:
                raise UsageError(f"{spec.name} has no {kind} {name}; it has: {', '.join(there) or 'none'}")


def _settable(spec: Spec) -> list[str]:
    sorts = dict.fromkeys(name for scope in spec.scopes for name in scope.sizes)
    return [*(parameter.name for parameter in spec.parameters), *sorts]


BUILT_IN = ("Preconditions", "NoDeadlock")


def properties_of(choice: Choice, spec: Spec) -> tuple[str, ...]:
    """The chosen properties by name; an id of the document's table stands for its property."""
    by_id = {claim.id: claim.name for claim in spec.properties if claim.id}
    return tuple(by_id.get(name, name) for name in choice.properties)


def scenarios_of(choice: Choice, spec: Spec) -> tuple[Scenario, ...]:
    chosen = tuple(one for one in spec.scenarios if not choice.scenarios or one.name in choice.scenarios)
    return chosen or (NO_SCENARIO,)


def scopes_of(scenario: Scenario, choice: Choice, spec: Spec) -> tuple[str | None, ...]:
    """The chosen scopes, else the scenario's own, else the spec's first."""
    return choice.scopes or scenario.scopes or tuple(scope.name for scope in spec.scopes[:1]) or (None,)


def jobs_of(choice: Choice, spec: Spec, name: str) -> tuple[Job, ...]:
    """Every job for one spec (`name`: how to load it), in the order in which results are shown."""
    return tuple(_jobs(choice, spec, name))


def _jobs(choice: Choice, spec: Spec, name: str) -> Iterator[Job]:
    for scenario in scenarios_of(choice, spec):
        for scope in scopes_of(scenario, choice, spec):
            for engine, properties in _engines(scenario, scope, choice, spec):
                yield Job(
                    name,
                    scenario.name or None,
                    scope,
                    choice.settings,
                    engine,
                    properties,
                    choice.budget,
                    choice.reductions,
                )


def _engines(
    scenario: Scenario, scope: str | None, choice: Choice, spec: Spec
) -> Iterator[tuple[EngineName, tuple[str, ...]]]:
    asked = properties_of(choice, spec)
    if choice.engines:
        yield from ((engine, asked) for engine in choice.engines)
        return
    yield "explicit", asked
    names = [claim.name for claim in spec.properties]
    proved = tuple(
        name for name in names if scenario.expected(name, scope).verdict == "proved" and (not asked or name in asked)
    )
    if proved:
        yield "symbolic", proved
