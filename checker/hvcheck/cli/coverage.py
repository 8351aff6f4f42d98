"""`hvcheck coverage`: what of a spec the searches of its scenarios come to, and what none of them does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from hvcheck.cache.compiled import compiled_system
from hvcheck.coverage import Covered, SearchOf, covered
from hvcheck.engine import Budget, Progress
from hvcheck.plan.choice import Choice, UsageError, check_choice, scenarios_of, scopes_of
from hvcheck.plan.job import Job
from hvcheck.plan.pool import Watch
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Setting, Spec

from .caching import Caching, cache_option, caching_of
from .loading import EXIT_SPEC, explain_diagnostics, load_or_explain, require_spec
from .options import MemoryType, json_option, settings_option
from .progress import progress_line

EXIT_PARTIAL = 4


@click.command("coverage", short_help="Show which handlers, messages and branches no scenario reaches.")
@click.argument("name", metavar="SPEC")
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Only this scenario. Repeatable.")
@click.option("--scope", "scopes", multiple=True, metavar="NAME", help="This scope instead of the scenario's own.")
@settings_option
@click.option("--budget-states", type=click.IntRange(min=1), help="End a search after so many states.")
@click.option("--budget-seconds", type=click.FloatRange(min=0, min_open=True), help="End a search after so long.")
@click.option("--budget-memory", type=MemoryType(), help="End a search at this much memory, as in 4GB.")
@click.option("--all", "everything", is_flag=True, help="List what is reached too, with how often.")
@cache_option
@json_option
def command(
    name: str,
    scenarios: tuple[str, ...],
    scopes: tuple[str, ...],
    settings: tuple[tuple[str, Setting], ...],
    everything: bool,
    as_json: bool,
    cache_folder: Path | None,
    **budget: Any,
) -> int:
    """Search every scenario of SPEC to its end, and show which places of the text were never come to.

    Places are handlers, messages, steps, awaits, branches (`if`, `else`, `recover`, `choose`), environment actions
    and faults. A place that no scenario reaches is one that no property was tried on. What a search comes to is
    counted in pairs of a state and a step.

    \b
    hvcheck coverage ws2012
    hvcheck coverage my.hvs --scenario ideal --all

    Exit code 4 if a search met a budget: then what is not reached may yet be.
    """
    cached = caching_of(cache_folder)
    require_spec(name)
    spec = load_or_explain(name)
    if spec is None:
        return EXIT_SPEC
    choice = Choice(scenarios, scopes, (), settings, (), Budget(*(budget[f"budget_{of}"] for of in _BUDGETS)))
    try:
        check_choice(choice, spec)
    except UsageError as problem:
        raise click.UsageError(str(problem)) from None
    wrong: list[Diagnostic] = []
    with progress_line(wanted=not as_json) as watch:
        searches = _searches(spec, name, choice, watch, wrong.extend, cached)
        result = covered(spec, list(searches))
    explain_diagnostics(tuple(dict.fromkeys(wrong)), spec.sources)
    _print(result, everything=everything, as_json=as_json)
    if any(one.severity == "error" for one in wrong):
        return EXIT_SPEC
    return 0 if result.finished else EXIT_PARTIAL


_BUDGETS = ("states", "seconds", "memory")


def _print(result: Covered, *, everything: bool, as_json: bool) -> None:
    from hvcheck.coverage.report import document, lines, profile

    if sys.stderr.isatty() and not as_json:
        click.echo(profile(result), err=True)
    click.echo(json.dumps(document(result), indent=2) if as_json else "\n".join(lines(result, everything=everything)))


def _searches(
    spec: Spec,
    name: str,
    choice: Choice,
    watch: Watch,
    note: Callable[[tuple[Diagnostic, ...]], None],
    cached: Caching,
) -> Iterator[SearchOf]:
    ended = 0
    for scenario in scenarios_of(choice, spec):
        for scope in scopes_of(scenario, choice, spec):
            job = Job(name, scenario.name or None, scope, choice.settings, budget=choice.budget)
            search = _search(spec, job, partial(watch, ended, job), note, cached)
            ended += 1
            if search is not None:
                yield search


def _search(
    spec: Spec,
    job: Job,
    tell: Callable[[Progress], None],
    note: Callable[[tuple[Diagnostic, ...]], None],
    cached: Caching,
) -> SearchOf | None:
    """One search to its end or to a budget; None where the spec does not compile or the scope does not fit it."""
    from hvcheck.explicit.codes import UnfitError, fit
    from hvcheck.explicit.exploration import Goals
    from hvcheck.explicit.explore import exploration
    from hvcheck.explicit.meter import Meter

    system, scope, wrong = compiled_system(
        cached.cache, spec, scenario=job.scenario, scope=job.scope, settings=dict(job.settings)
    )
    note(wrong)
    if system is None or scope is None:
        return None
    try:
        search = exploration(fit(system, scope), Goals(), Meter(job.budget), modules=cached.modules)
        for progress in search.run():
            tell(progress)
    except UnfitError as problem:
        raise click.UsageError(str(problem)) from None
    counted = (search.states, search.transitions, search.meter.seconds, search.stopped)
    return SearchOf(job.scenario or "", scope.name, system, search.fired, *counted, tuple(search.spent().items()))
