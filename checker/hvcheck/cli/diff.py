"""`hvcheck diff`: what became different from one era to the next."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import click

from hvcheck.engine import Budget
from hvcheck.plan.differ import Difference, difference, failures
from hvcheck.plan.job import Job, JobResult
from hvcheck.plan.pool import run_jobs
from hvcheck.plan.rival import Rivals
from hvcheck.plan.smaller import Smaller
from hvcheck.plan.work import work
from hvspec.spec import Spec

from .loading import EXIT_SPEC, explain_diagnostics, load_or_explain, require_spec
from .options import MemoryType, ascii_option, json_option, width_option
from .progress import progress_line

EXIT_UNDETERMINED = 4


@click.command("diff", short_help="Compare two eras: verdicts, messages, and a run that only one allows.")
@click.argument("left", metavar="ERA")
@click.argument("right", metavar="ERA")
@click.option("--budget-states", type=click.IntRange(min=1), help="Give up a search after so many states.")
@click.option("--budget-seconds", type=click.FloatRange(min=0, min_open=True), help="Give up a search after so long.")
@click.option("--budget-memory", type=MemoryType(), help="Give up a search at this much memory, as in 4GB.")
@click.option("--all-steps", is_flag=True, help="Draw every step of the run; otherwise quiet stretches are one row.")
@json_option
@ascii_option
@width_option
def command(left: str, right: str, as_json: bool, **options: Any) -> int:
    """Compare two specs: properties whose verdict differs, messages and steps that only one has, and the shortest run
    that one allows and the other refuses.

    Each is searched in its scenario `ideal` (or its first) and its smallest scope, so that this takes seconds; for
    everything else there is `hvcheck verify`. Properties are matched by name, else by id. The run is of the first
    `always` or `never` property that is violated in one and kept in the other. Exit code 0, differences or not;
    4 if a search met its budget.

    \b
    hvcheck diff ws2012 ws2012r2
    """
    for name in dict.fromkeys((left, right)):
        require_spec(name)
    loaded = [load_or_explain(name) for name in (left, right)]
    one, other = loaded
    if one is None or other is None:
        return EXIT_SPEC
    found = _difference((left, right), (one, other), options, quiet=as_json)
    for side in (found.left, found.right):
        explain_diagnostics(side.report.diagnostics, side.spec.sources)
    failed = failures((found.left, found.right))
    for failure in failed:
        click.echo(f"hvcheck: {failure}", err=True)
    _print(found, options, as_json=as_json)
    if failed or any(side.report.outcome == "error" for side in (found.left, found.right)):
        return EXIT_SPEC
    return EXIT_UNDETERMINED if any(one.undecided for one in found.properties) else 0


def _difference(
    names: tuple[str, str], specs: tuple[Spec, Spec], options: dict[str, Any], *, quiet: bool
) -> Difference:
    budget = Budget(options["budget_states"], options["budget_seconds"], options["budget_memory"])
    return difference(names, specs, budget, Rivals(partial(_run, not quiet), lambda _: iter(()), budget))


def _run(visible: bool, jobs: Sequence[Job]) -> list[JobResult]:
    # Jobs for one property look for a rival in other scenarios and larger scopes: that is for `verify`.
    wanted = [job for job in jobs if not job.properties]
    with progress_line(wanted=visible) as watch:
        return run_jobs(wanted, work, 1, watch)


def _print(found: Difference, options: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        from hvcheck.report.difference import difference_json

        click.echo(json.dumps(difference_json(found), indent=2))
        return
    from hvcheck.report.console import width_of, write
    from hvcheck.report.difference import difference_lines

    width = options["width"] or width_of(sys.stdout)
    shown = Smaller().run
    lines = difference_lines(found, width, shown, ascii_only=options["ascii_only"], all_steps=options["all_steps"])
    write(sys.stdout, lines)
