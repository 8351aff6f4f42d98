"""`hvcheck show`: the protocol of a spec as a sequence chart, without running anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from hvcheck.chart.canvas import Line, plain
from hvcheck.chart.rows import Chart, Lifeline, Row
from hvspec.spec import Spec

from .loading import EXIT_SPEC, explain_diagnostics, load_or_explain, require_spec
from .options import ascii_option, json_option, width_option

_SAVED_WIDTH = 140


@click.command("show", short_help="Draw the protocol as a sequence chart.")
@click.argument("name", metavar="SPEC")
@click.option("--full", is_flag=True, help="Everything the text says, failures and assignments included.")
@click.option("--mermaid", is_flag=True, help="Print the text of a Mermaid diagram, for pages and wikis.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Save SPEC.txt and SPEC.mmd here too.")
@json_option
@ascii_option
@width_option
def command(
    name: str, full: bool, mermaid: bool, out: Path | None, as_json: bool, ascii_only: bool, width: int | None
) -> int:
    """Draw the protocol of SPEC as its author wrote it: who asks whom, in which order, what is repeated.

    SPEC is a shipped era (`hvcheck eras` lists them) or a path. Nothing is run: the chart is the text, with every
    parameter at its default. A box is a place whose actors die together; a frame says what its rows are repeated
    for, or in which time they must be done; below a row stands what happens to disks. Left out unless --full:
    messages that nobody handles, assignments, requirements, and what follows a failure.

    \b
    hvcheck show ws2012                          the figure
    hvcheck show ws2012 --full --width 160       with failures and all assignments
    hvcheck show ws2012 --mermaid > figure1.mmd  for a page
    hvcheck show my.hvs --ascii                  your own spec, in plain characters
    """
    from hvcheck.chart.mermaid import to_mermaid
    from hvcheck.chart.text import draw
    from hvcheck.report.console import width_of, write

    if as_json and mermaid:
        raise click.UsageError("--json and --mermaid are two forms of one chart; give one of them")
    require_spec(name)
    spec = load_or_explain(name)
    chart = _figure_or_explain(spec, full=full) if spec is not None else None
    if spec is None or chart is None:
        return EXIT_SPEC
    if as_json or mermaid:
        click.echo(json.dumps(asdict(chart), indent=1) + "\n" if as_json else to_mermaid(chart), nl=False)
    else:
        drawn = draw(chart, width or width_of(sys.stdout), ascii_only=ascii_only)
        write(sys.stdout, [*drawn, *_legend(chart)])
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        lines = [*draw(chart, _SAVED_WIDTH), *_legend(chart)]
        (out / f"{spec.name}.mmd").write_text(to_mermaid(chart), encoding="utf-8")
        (out / f"{spec.name}.txt").write_text("\n".join(map(str, lines)) + "\n", encoding="utf-8")
    return 0


def figure_of(spec: Spec, *, full: bool = False) -> Chart:
    """The static figure that the compiler's side draws up, as a chart. Raises SpecError as it does."""
    from hvspec.figure import figure

    drawn = figure(spec, full=full)
    return Chart(
        drawn.title,
        tuple(Lifeline(one.key, one.place, one.title) for one in drawn.lifelines),
        tuple(Row(one.kind, one.label, one.source, one.target, one.nesting, 0, one.below) for one in drawn.rows),
    )


def _figure_or_explain(spec: Spec, *, full: bool) -> Chart | None:
    from hvspec.problem import SpecError

    try:
        return figure_of(spec, full=full)
    except SpecError as error:
        explain_diagnostics((error.diagnostic,), spec.sources)
        return None


def _legend(chart: Chart) -> Iterator[Line]:
    """What the author calls whom."""
    titled = [lifeline for lifeline in chart.lifelines if lifeline.title]
    width = max((len(lifeline.key) for lifeline in titled), default=0)
    for lifeline in titled:
        yield plain(f"  {lifeline.key:{width}}  ", "head").append(lifeline.title, "quiet")
