"""`hvcheck test`: the protocol on real files, compared with the model after every step."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hvcheck.plan.choice import UsageError

from .loading import EXIT_SPEC, explain_diagnostics, load_or_explain, require_spec
from .options import ascii_option, json_option, settings_option, width_option

if TYPE_CHECKING:
    from hvcheck.stateful.report import TestReport
    from hvcheck.stateful.setup import Prepared

_EXITS = {"PASSED": 0, "DIFFERS": 1, "BROKEN": 1, "UNTESTED": 4}


@click.command("test", short_help="Run the protocol on real disk files against the model.")
@click.argument("name", metavar="SPEC")
@click.option("--scenario", metavar="NAME", help="Test this scenario instead of the spec's first.")
@click.option("--scope", metavar="NAME", help="This scope instead of the scenario's own.")
@settings_option
@click.option(
    "--profile",
    type=click.Choice(["ci", "dev", "nightly"]),
    default="dev",
    show_default=True,
    help="How much is tried. With nightly, less than 95 % of the edges seen is no success (exit code 4).",
)
@click.option(
    "--driver",
    type=click.Choice(["plain", "vhdx"]),
    default="plain",
    show_default=True,
    help="What the disks are made of: plain files of blocks, or VHDX files with differencing children.",
)
@click.option(
    "--adapter",
    metavar="FILE.py:CLASS",
    help="Test your own tool instead of files: the hvcheck.Adapter in that file. docs/your-own-tool.md shows how.",
)
@click.option(
    "--save",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a failure there as a pytest file that shows it again.",
)
@click.option("--examples", type=click.IntRange(min=1), help="Hypothesis examples, instead of the profile's.")
@click.option("--steps", type=click.IntRange(min=1), help="Steps in each example, instead of the profile's.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same runs.")
@json_option
@ascii_option
@width_option
def command(name: str, **options: Any) -> int:
    """Run the protocol of SPEC on real disk files, or on your own tool, and compare with the model after every step.

    Known runs, weighted random walks, runs that are led to what no walk has seen, and Hypothesis choose the steps. The
    first failure is shrunk and drawn as a chart. Edges are steps of the protocol by the places it can be at. Files live
    in a temporary folder and are removed. Exit code 1 if there is a difference, 3 if the spec has errors or the
    adapter does not fit it, 4 if nothing was compared.

    \b
    hvcheck test ws2012 --driver vhdx --seed 7
    hvcheck test backup.hvs --adapter my_tool.py:MyTool --save failures
    """
    require_spec(name)
    if load_or_explain(name) is None:
        return EXIT_SPEC
    # The adapter's module is the user's, too: what it prints while it is imported is not of the JSON.
    aside = _aside if options["as_json"] else nullcontext
    try:
        with aside():
            prepared = _prepared(name, options)
    except (UsageError, TypeError) as error:
        raise click.UsageError(str(error)) from error
    if prepared is None:
        return EXIT_SPEC
    with aside():
        report = _test(prepared, options)
    saved = _save(prepared, report, options["save"]) if options["save"] else None
    if options["as_json"]:
        click.echo(json.dumps(_json(report, prepared, saved), indent=2))
    else:
        from hvcheck.report.conformance import conformance_lines
        from hvcheck.report.console import width_of, write

        width = options["width"] or width_of(sys.stdout)
        write(sys.stdout, conformance_lines(report, prepared.setup.tested, prepared.setting, width))
        if saved:
            click.echo(f"saved: {saved}")
    return _EXITS[report.outcome.word]


@contextmanager
def _aside() -> Iterator[None]:
    """What a user's tool and its child processes print goes to standard error: standard output is for the JSON."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _test(prepared: Prepared, options: dict[str, Any]) -> TestReport:
    from hvcheck.report.console import width_of
    from hvcheck.stateful.state_machine import try_out

    from .progress import line_of_test

    with line_of_test(wanted=not options["as_json"]) as watch:
        return try_out(
            prepared,
            profile=options["profile"],
            seed=options["seed"],
            examples=options["examples"],
            steps=options["steps"],
            width=options["width"] or width_of(sys.stdout),
            ascii_only=options["ascii_only"],
            watch=watch,
        )


def _prepared(name: str, options: dict[str, Any]) -> Prepared | None:
    """None if the spec cannot be compiled or the adapter does not fit it; that then stands on standard error."""
    from hvcheck.adapter.named import adapter_from
    from hvcheck.adapter.problem import AdapterError, sources_of
    from hvcheck.stateful.setup import InvalidSpecError, Setup, prepare

    tool = adapter_from(options["adapter"]) if options["adapter"] else None
    setup = Setup(name, options["scenario"], options["scope"], options["settings"], options["driver"], tool)
    try:
        return prepare(setup)
    except InvalidSpecError as error:
        explain_diagnostics(error.diagnostics, error.sources)
    except AdapterError as error:
        explain_diagnostics(error.diagnostics, sources_of(error.diagnostics))
    return None


def _save(prepared: Prepared, report: TestReport, folder: Path) -> Path | None:
    from hvcheck.stateful.reproduce import Reproduction, save_reproduction

    reproduction = Reproduction.of(prepared, report)
    return None if reproduction is None else save_reproduction(reproduction, folder)


def _json(report: TestReport, prepared: Prepared, saved: Path | None) -> dict[str, Any]:
    from hvcheck.report.conformance import what_happened

    outcome, edges = report.outcome, report.edges
    return {
        "outcome": outcome.word,
        "what": what_happened(outcome, prepared.setup.tested),
        "setting": prepared.setting,
        "differences": [str(difference) for difference in getattr(outcome, "differences", ())],
        "moves": [str(move) for move in getattr(outcome, "moves", ())],
        "reproduced": getattr(outcome, "reproduced", None),
        "minimal": getattr(outcome, "minimal", None),
        "examples": report.examples,
        "steps": report.steps,
        "storage_steps": report.storage_steps,
        "taken": dict(report.taken),
        "never_taken": list(report.untaken),
        "checked": list(report.checked),
        "not_checked": dict(report.unjudged),
        "edges": None if edges is None else {"seen": len(edges.seen), "known": len(edges.edges)},
        "edges_not_seen": [str(edge) for edge in edges.missing] if edges else [],
        "notes": list(report.notes),
        "saved": str(saved) if saved else None,
        "seed": report.seed,
    }
