"""`hvcheck run`: one run of a protocol on disk files that stay."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from hvcheck.ondisk.compiled import Compiled
from hvcheck.plan.choice import UsageError
from hvcheck.problem import ProblemError
from hvmodel.semantics import Step
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Spec

from .keeping import EXIT_DIFFERS, Keeper, disks_option, tell_problem
from .loading import EXIT_SPEC, explain_diagnostics, load_or_explain, require_spec
from .options import ascii_option, json_option, settings_option, width_option


@click.command("run", short_help="One run of the protocol on disk files that stay.")
@click.argument("name", metavar="SPEC")
@click.option("--scenario", metavar="NAME", help="This scenario instead of the spec's first.")
@click.option("--scope", metavar="NAME", help="This scope instead of the scenario's own.")
@settings_option
@click.option(
    "--trace",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A saved run: its steps are taken, in the scenario, sizes and settings that it was saved from; one that you"
    " name takes the place of that one only.",
)
@click.option("--interactive", is_flag=True, help="Choose every step: a number, u to undo, q to end.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same run.")
@click.option("--steps", type=click.IntRange(min=1), default=200, show_default=True, help="At most so many steps.")
@disks_option
@click.option(
    "--driver",
    type=click.Choice(["vhdx", "plain"]),
    default="vhdx",
    show_default=True,
    help="What the disks are made of: VHDX files with differencing children, or plain files of blocks.",
)
@json_option
@ascii_option
@width_option
def command(name: str, **options: Any) -> int:
    """Run the protocol of SPEC once on disk files in DIR, compare them with the model after every step, and keep them.

    Steps come from a saved run (--trace), from you (--interactive) or are drawn by --seed. The chart is told as the run
    goes on. DIR is made, or must be empty; nothing outside it is written.

    \b
    hvcheck run ws2016 --disks out --seed 7
    hvcheck run ws2012r2 --scenario one_machine_fails --interactive --disks out
    hvcheck run ws2016 --disks out --json > run.json
    hvcheck run ws2016 --trace run.json --disks again

    Exit codes: 0 files and model agreed after every step, 1 they differ, 2 wrong usage or a folder that cannot be
    used, 3 the spec or the saved run is wrong.
    """
    require_spec(name)
    if options["interactive"] and (options["trace"] or options["as_json"]):
        raise click.UsageError("--interactive goes neither with --trace nor with --json")
    spec = load_or_explain(name)
    if spec is None:
        return EXIT_SPEC
    try:
        found = _compiled(name, spec, options)
        if not isinstance(found, Compiled):
            explain_diagnostics(found, spec.sources)
            return EXIT_SPEC
        return _run(found, options)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    except ProblemError as error:
        return tell_problem(error.problem)


def _compiled(name: str, spec: Spec, options: dict[str, Any]) -> Compiled | tuple[Diagnostic, ...]:
    """As asked for; what is not asked for is as a saved run was saved."""
    from hvcheck.ondisk.compiled import compiled, of_saved
    from hvcheck.ondisk.saved import load_saved

    scenario, scope, settings = options["scenario"], options["scope"], dict(options["settings"])
    if options["trace"]:
        return of_saved(load_saved(options["trace"]), name, scenario, scope, settings)
    return compiled(name, spec, scenario, scope, settings)


def _run(found: Compiled, options: dict[str, Any]) -> int:
    if options["interactive"]:
        from .stepping import step_through

        with Keeper(found, options) as keeper:
            return step_through(keeper, sys.stdin, sys.stdout)
    steps = (
        _from_file(found, options["trace"]) if options["trace"] else _drawn(found, options["seed"], options["steps"])
    )
    with Keeper(found, options) as keeper:
        difference = keeper.take_all(steps)
        if options["as_json"]:
            click.echo(json.dumps(keeper.document(difference), indent=1))
        else:
            keeper.tell_end(difference)
    return EXIT_DIFFERS if difference else 0


def _from_file(found: Compiled, path: Path) -> tuple[Step, ...]:
    from hvcheck.ondisk.saved import load_saved, require_run, steps_of

    saved = load_saved(path)
    steps = steps_of(saved, found.layout)
    require_run(saved, found.layout, steps)
    return steps


def _drawn(found: Compiled, seed: int, most: int) -> tuple[Step, ...]:
    """A weighted walk, by the model alone: the files are compared when its steps are taken."""
    from hvcheck.stateful.session import Bench
    from hvcheck.stateful.walk import choose_step, drawn_haste
    from hvmodel.semantics import apply

    bench = Bench.of(found.layout)
    source, taken, state = random.Random(seed), Counter[str](), found.layout.initial
    haste = drawn_haste(source)
    steps: list[Step] = []
    while len(steps) < most and bench.enabled(state):
        step = choose_step(bench, state, taken, source, haste=haste)
        taken[step.action] += 1
        steps.append(step)
        state = apply(found.layout, state, step)
    return tuple(steps)
