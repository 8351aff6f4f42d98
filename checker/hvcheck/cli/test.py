"""`hvcheck test`: the protocol on real files, compared with the model after every step."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hvcheck.chart.canvas import Line, Part, plain
from hvcheck.plan.choice import Choice, UsageError, check_choice
from hvspec.spec import Setting, Spec

from .loading import EXIT_SPEC, explain_diagnostics, load_or_explain, require_spec
from .options import ascii_option, json_option, settings_option, width_option

if TYPE_CHECKING:
    from hvcheck.stateful.coverage import Coverage, EdgeMap
    from hvcheck.stateful.report import TestReport
    from hvmodel.stores.driver import DriverFactory
    from hvmodel.system import Scope, System

_EXITS = {"PASSED": 0, "DIFFERS": 1, "BROKEN": 1, "UNTESTED": 4}
_PARTS: dict[str, Part] = {"PASSED": "good", "DIFFERS": "bad", "BROKEN": "bad", "UNTESTED": "unsure"}


@click.command("test", short_help="Run the protocol on real disk files against the model.")
@click.argument("name", metavar="SPEC")
@click.option("--scenario", metavar="NAME", help="Test this scenario instead of the spec's first.")
@click.option("--scope", metavar="NAME", help="This scope instead of the spec's first.")
@settings_option
@click.option(
    "--profile",
    type=click.Choice(["ci", "dev", "nightly"]),
    default="dev",
    show_default=True,
    help="How much is tried.",
)
@click.option(
    "--driver",
    type=click.Choice(["plain", "vhdx"]),
    default="plain",
    show_default=True,
    help="What the disks are made of: plain files of blocks, or VHDX files with differencing children.",
)
@click.option("--examples", type=click.IntRange(min=1), help="Hypothesis examples, instead of the profile's.")
@click.option("--steps", type=click.IntRange(min=1), help="Steps in each example, instead of the profile's.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same runs.")
@json_option
@ascii_option
@width_option
def command(name: str, **options: Any) -> int:
    """Run the protocol of SPEC on real disk files and compare them with the model after every step.

    Known runs, weighted random walks and Hypothesis choose the steps; the first failure is shrunk and drawn as a
    chart. The nightly profile also counts the edges of the model (an action, and where the protocol was then) and walks
    to those that chance has left out. Files live in a temporary folder and are removed. Exit code 1 if files and model
    differ, 4 if nothing was compared.

    \b
    hvcheck test ws2012 --driver vhdx --seed 7
    """
    require_spec(name)
    spec = load_or_explain(name)
    if spec is None:
        return EXIT_SPEC
    first = spec.scenarios[0].name if spec.scenarios else None
    scenario, scope, settings = options["scenario"] or first, options["scope"], options["settings"]
    try:
        check_choice(Choice(tuple(filter(None, [scenario])), tuple(filter(None, [scope])), (), settings), spec)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    report = _test(spec, scenario, scope, dict(settings), options)
    if report is None:
        return EXIT_SPEC
    if options["as_json"]:
        click.echo(json.dumps(_json(report), indent=2))
    else:
        from hvcheck.report.console import write

        write(sys.stdout, _lines(report))
    return _EXITS[report.outcome.word]


def _test(
    spec: Spec, scenario: str | None, scope: str | None, settings: dict[str, Setting], options: dict[str, Any]
) -> TestReport | None:
    from hvcheck.stateful.run import PROFILES, run_test
    from hvspec.compile import compile_system

    system, sizes, wrong = compile_system(spec, scenario=scenario, scope=scope, settings=settings)
    explain_diagnostics(wrong, spec.sources)
    if system is None or sizes is None:
        return None
    chosen = [one for one in spec.scenarios if one.name == scenario]
    violated = [e.property for one in chosen for e in one.expectations if e.verdict == "violated"]
    with _folders() as make_folder:
        return run_test(
            system,
            sizes,
            make_folder,
            examples=options["examples"],
            steps=options["steps"],
            seed=options["seed"],
            profile=PROFILES[options["profile"]],
            driver=_driver(options["driver"]),
            violated=violated,
            render=_renderer(options),
            edges=_edges(system, sizes) if options["profile"] == "nightly" else None,
        )


def _edges(system: System, sizes: Scope) -> EdgeMap:
    from hvcheck.stateful.coverage import EdgeMap
    from hvmodel.state import Layout

    return EdgeMap(Layout(system, sizes))


def _driver(name: str) -> DriverFactory:
    from hvmodel.stores.plain import PlainDisk

    if name == "plain":
        return PlainDisk
    from hvmodel.stores.vhdx.disk import VhdxDisk

    return partial(VhdxDisk, durable=False)  # the files are removed: nobody waits for the device


@contextmanager
def _folders() -> Iterator[Callable[[], Path]]:
    from tempfile import TemporaryDirectory, mkdtemp

    with TemporaryDirectory(prefix="hvcheck-") as root:
        yield lambda: Path(mkdtemp(dir=root))


def _renderer(options: dict[str, Any]) -> Callable[[Any, Any], str]:
    from hvcheck.chart.run import chart_of_run
    from hvcheck.chart.text import draw
    from hvcheck.report.console import width_of

    width = options["width"] or width_of(sys.stdout)
    return lambda layout, trace: "\n".join(
        map(str, draw(chart_of_run(layout, trace), width, ascii_only=options["ascii_only"]))
    )


def _lines(report: TestReport) -> Iterator[Line]:
    from hvcheck.report.evidence import some_names

    outcome = report.outcome
    yield plain(f"{outcome.word}", _PARTS[outcome.word]).append(f"  {_words(outcome)}", "label")
    yield plain(
        f"  {report.examples:,} examples, {report.steps:,} steps ({report.storage_steps:,} on disks),"
        f" {report.disturbances:,} disturbances, {report.coverage}, seed {report.seed}",
        "quiet",
    )
    for difference in getattr(outcome, "differences", ()):
        yield plain(f"  {difference}", "bad")
    if chart := getattr(outcome, "chart", ""):
        yield Line()
        yield from (plain(text) for text in chart.splitlines())
    if report.edges is not None:
        yield plain(f"  {report.edges}: an action, and where the protocol was when it was taken", "quiet")
        if report.edges.missing:
            yield plain(f"  never seen: {some_names(tuple(map(str, report.edges.missing)))}", "unsure")
    if report.untaken:
        yield plain(f"  never taken: {some_names(report.untaken)}", "unsure")


def _words(outcome: Any) -> str:
    match outcome.word:
        case "PASSED":
            return "files and model agreed after every step"
        case "DIFFERS":
            return f"files and model differ after {len(outcome.moves)} moves" + _doubts(outcome)
        case "BROKEN":
            return f"{outcome.property} does not hold after {len(outcome.moves)} moves"
    return str(outcome.reason)


def _doubts(outcome: Any) -> str:
    return "" if outcome.reproduced else " (not the next time: the store under test is not deterministic)"


def _json(report: TestReport) -> dict[str, Any]:
    outcome = report.outcome
    return {
        "outcome": outcome.word,
        "what": _words(outcome),
        "differences": [str(difference) for difference in getattr(outcome, "differences", ())],
        "moves": [str(move) for move in getattr(outcome, "moves", ())],
        "examples": report.examples,
        "steps": report.steps,
        "storage_steps": report.storage_steps,
        "taken": dict(report.taken),
        "never_taken": list(report.untaken),
        "edges": None if report.edges is None else _edges_json(report.edges),
        "checked": list(report.checked),
        "seed": report.seed,
    }


def _edges_json(edges: Coverage) -> dict[str, Any]:
    return {
        "seen": len(edges.seen),
        "known": len(edges.edges),
        "stopped": edges.known.stopped,
        "missing": [str(edge) for edge in edges.missing],
    }
