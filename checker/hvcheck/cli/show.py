"""`hvcheck show`: the protocol of a spec as a sequence chart, without running anything."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from hvcheck.chart.rows import Chart
from hvspec.spec import Spec

from .loading import EXIT_SPEC, load_or_explain, require_spec
from .options import ascii_option, width_option


@click.command("show", short_help="Draw the protocol as a sequence chart.")
@click.argument("name", metavar="SPEC")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "json"]),
    default="text",
    show_default=True,
    help="mermaid is text for any Mermaid renderer; json is the chart's lifelines and rows.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Save SPEC.txt and SPEC.mmd here too.")
@ascii_option
@width_option
def command(name: str, form: str, out: Path | None, ascii_only: bool, width: int | None) -> int:
    """Draw the protocol of SPEC as its author wrote it: who asks whom, in which order, what is repeated.

    \b
    hvcheck show ws2012
    hvcheck show ws2016 --format mermaid > figure3.mmd
    """
    from hvcheck.chart.mermaid import to_mermaid
    from hvcheck.chart.text import draw
    from hvcheck.report.console import width_of, write

    require_spec(name)
    spec = load_or_explain(name)
    if spec is None:
        return EXIT_SPEC
    chart = figure_of(spec)
    if form == "text":
        write(sys.stdout, draw(chart, width or width_of(sys.stdout), ascii_only=ascii_only))
    else:
        click.echo(to_mermaid(chart) if form == "mermaid" else json.dumps(asdict(chart), indent=1) + "\n", nl=False)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{spec.name}.mmd").write_text(to_mermaid(chart), encoding="utf-8")
        (out / f"{spec.name}.txt").write_text("\n".join(map(str, draw(chart, 140))) + "\n", encoding="utf-8")
    return 0


def figure_of(spec: Spec) -> Chart:
    """The static figure that the compiler's side draws up, as a chart."""
    from hvspec.figure import figure

    from hvcheck.chart.rows import Lifeline, Row

    drawn = figure(spec)
    return Chart(
        drawn.title,
        tuple(Lifeline(one.key, one.place, one.title) for one in drawn.lifelines),
        tuple(Row(one.kind, one.label, one.source, one.target, one.nesting) for one in drawn.rows),
    )
