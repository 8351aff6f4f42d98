"""`hvcheck verify`: every property in every scenario, with evidence; a chart for what is violated."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click

from hvcheck.chart.canvas import Line
from hvcheck.engine import Budget
from hvcheck.plan.choice import Choice, UsageError, check_choice, jobs_of
from hvcheck.plan.job import EngineName, Job, JobEvent, JobResult
from hvcheck.plan.judge import EXIT_CODES, Cell, worst
from hvcheck.plan.pool import Watch, Work, results_in_order, run_jobs
from hvcheck.plan.rival import Rivals
from hvcheck.plan.smaller import Smaller
from hvcheck.plan.verify import SpecReport, verify_spec
from hvcheck.plan.work import make_engine, packed, work
from hvcheck.verdict import Violated
from hvspec.spec import Setting, Spec

from .caching import Caching, cache_option, caching_of
from .loading import EXIT_SPEC, chosen_names, explain_diagnostics, load_or_explain, other_specs
from .options import MemoryType, ascii_option, json_option, reductions_option, settings_option, width_option
from .progress import progress_line


@click.command("verify", short_help="Decide every property in every scenario, with evidence and charts.")
@click.argument("specs", metavar="[SPEC]...", nargs=-1)
@click.option("--era", "eras", multiple=True, help="A shipped era by name; the same as naming it as SPEC.")
@click.option("--property", "properties", multiple=True, metavar="NAME", help="Only this property, by name or id (P1).")
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Only this scenario.")
@click.option("--scope", "scopes", multiple=True, metavar="NAME", help="This scope instead of the scenario's own.")
@settings_option
@click.option(
    "--engine",
    "engines",
    multiple=True,
    type=click.Choice(["explicit", "symbolic", "reference"]),
    help="explicit searches every run of one scope; symbolic proves for every size; reference does what explicit does,"
    " slowly, in plain Python. Several may be given and must agree. Default: explicit, and symbolic where the spec"
    " expects `proved`.",
)
@click.option("--budget-states", type=click.IntRange(min=1), help="Give up a search after so many states.")
@click.option("--budget-seconds", type=click.FloatRange(min=0, min_open=True), help="Give up a job after so long.")
@click.option("--budget-memory", type=MemoryType(), help="Give up a job at this much memory, as in 4GB.")
@reductions_option
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes (default: one a core).")
@click.option("--all-steps", is_flag=True, help="Draw every step of a run; otherwise quiet stretches are one row each.")
@click.option(
    "--full-scope", is_flag=True, help="Draw the run of the verdict's own scope, not one with fewer machines and disks."
)
@click.option(
    "--charts",
    type=click.Choice(["none", "unexpected", "property", "all"]),
    help="Which violations to draw: those that differ from what is expected; one for each property (the default when"
    " a spec is named); all.",
)
@cache_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Save charts and JSON in this folder.")
@json_option
@ascii_option
@width_option
def command(specs: tuple[str, ...], eras: tuple[str, ...], **options: Any) -> int:
    """Decide every property of SPEC in every scenario and compare with what the spec expects.

    SPEC is a shipped era (`hvcheck eras` lists them) or a path; without one, all shipped eras are verified.

    \b
    hvcheck verify ws2012
    hvcheck verify ws2012 --scenario no_rollback --property AppConsistent
    hvcheck verify ws2012 --set transactions=1 --budget-states 2000000
    hvcheck verify my.hvs --json > result.json

    In the table, a number is how many steps the shortest run takes that shows it, and `-` means that there is
    nothing to judge. A chart is such a run: time goes down, a box is a place, `~~~` is what the guest's programs do
    meanwhile, a row with dots is a quiet stretch (--all-steps draws it), and below the chart stands the clause that
    fails, with the step since which each value has been so. Charts are of the smallest scope that shows the same
    violation (--full-scope: of the verdict's own).

    \b
    hvcheck verify ws2012 --scenario no_rollback --property P1 --all-steps
    hvcheck verify ws2012 --charts all --out results

    A search that meets a budget ends UNDETERMINED (exit code 4), never in success.
    """
    cached = caching_of(options["cache_folder"])
    names = chosen_names(specs, eras)
    loaded = [(name, spec) for name in names if (spec := load_or_explain(name)) is not None]
    unread = len(names) - len(loaded)
    choice = _choice(options)
    chosen = _having_all(choice, loaded) if loaded else []
    reports = _verify_all(chosen, names, choice, options, cached)
    if options["as_json"]:
        from hvcheck.report.json import reports_json

        click.echo(json.dumps(reports_json(reports), indent=2))
    if unread or not reports:
        return EXIT_SPEC
    return EXIT_CODES[worst(report.outcome for report in reports)]


def _choice(options: dict[str, Any]) -> Choice:
    settings: tuple[tuple[str, Setting], ...] = options["settings"]
    engines: tuple[EngineName, ...] = options["engines"]
    budget = Budget(options["budget_states"], options["budget_seconds"], options["budget_memory"])
    return Choice(
        options["scenarios"],
        options["scopes"],
        options["properties"],
        settings,
        tuple(dict.fromkeys(engines)),
        budget,
        options["reductions"],
    )


def _having_all(choice: Choice, loaded: Sequence[tuple[str, Spec]]) -> list[tuple[str, Spec]]:
    """The specs that have everything that was asked for by name; at least one must."""
    having: list[tuple[str, Spec]] = []
    problems: list[UsageError] = []
    for name, spec in loaded:
        try:
            check_choice(choice, spec)
            having.append((name, spec))
        except UsageError as problem:
            problems.append(problem)
    if not having:
        raise click.UsageError(str(problems[0]))
    return having


def _verify_all(
    loaded: Sequence[tuple[str, Spec]], names: Sequence[str], choice: Choice, options: dict[str, Any], cached: Caching
) -> list[SpecReport]:
    """Verify spec by spec; print each (unless JSON is wanted) and save it as soon as it is done."""
    workers, visible = options["jobs"] or os.cpu_count() or 1, not options["as_json"]
    charts = options["charts"] or ("property" if len(loaded) == 1 else "unexpected")
    rivals = Rivals(partial(_run, workers, visible, cached), partial(other_specs, names), choice.budget)
    known = packed(name for name, _ in loaded) if workers > 1 else {}
    jobs = [job for name, spec in loaded for job in jobs_of(choice, spec, name)]
    stream = _Stream(jobs, partial(work, specs=known, cache=cached.cache), workers, visible, cached)
    smaller = Smaller(partial(make_engine, "explicit", cached.modules))
    reports: list[SpecReport] = []
    for name, spec in loaded:
        report = verify_spec(spec, name, choice, stream.take, rivals)
        reports.append(report)
        if not options["as_json"]:
            _print(report, charts, smaller, options)
        if options["out"]:
            from .save import save_report

            save_report(report, options["out"], _shown(smaller, options), all_steps=options["all_steps"])
    return reports


class _Stream:
    """The jobs of all specs in one pool, so that no worker waits for the last job of a spec."""

    def __init__(self, jobs: Sequence[Job], work: Work, workers: int, visible: bool, cached: Caching) -> None:
        self._visible, self._cached = visible, cached
        self._watch: Watch = lambda _ended, _job, _event: None
        self._results = results_in_order(jobs, work, workers, self._seen)

    def _seen(self, ended: int, job: Job, event: JobEvent) -> None:
        self._watch(ended, job, event)

    def take(self, jobs: Sequence[Job]) -> list[JobResult]:
        """The results of the next jobs, which must be these; progress is shown while one waits for them."""
        with progress_line(wanted=self._visible) as self._watch:
            results = list(islice(self._results, len(jobs)))
        self._cached.add(results)
        return results


def _run(workers: int, visible: bool, cached: Caching, jobs: Sequence[Job]) -> list[JobResult]:
    """What further jobs give; their workers judge the specs as they were read here."""
    known = packed({job.spec for job in jobs}) if workers > 1 and len(jobs) > 1 else {}
    with progress_line(wanted=visible) as watch:
        results = run_jobs(jobs, partial(work, specs=known, cache=cached.cache), workers, watch)
    cached.add(results)
    return results


def _shown(smaller: Smaller, options: dict[str, Any]) -> Callable[[Cell], Violated | None]:
    """What to draw of a violated cell."""

    def choose(cell: Cell) -> Violated | None:
        return smaller.run(cell) if isinstance(cell.verdict, Violated) and not options["full_scope"] else None

    return choose


def _print(report: SpecReport, charts: str, smaller: Smaller, options: dict[str, Any]) -> None:
    from hvcheck.report.console import width_of, write
    from hvcheck.report.drawn import to_draw
    from hvcheck.report.matrix import matrix_lines

    width, ascii_only = options["width"] or width_of(sys.stdout), options["ascii_only"]
    explain_diagnostics(report.diagnostics, report.spec.sources)
    write(sys.stdout, [*matrix_lines(report, width, ascii_only=ascii_only), Line()])
    for cell, also in to_draw(report, charts):
        from hvcheck.report.violation import violation_lines

        lines = violation_lines(
            report.spec,
            cell,
            width,
            ascii_only=ascii_only,
            also=also,
            all_steps=options["all_steps"],
            shown=_shown(smaller, options)(cell),
        )
        write(sys.stdout, [*lines, Line()])
