"""`hvcheck show`: the protocol of a spec as a sequence chart, without running anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
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
@click.argument("names", metavar="SPEC...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All shipped eras, side by side.")
@click.option("--full", is_flag=True, help="Everything the text says, failures and assignments included.")
@click.option("--mermaid", is_flag=True, help="Print the text of a Mermaid diagram, for pages and wikis.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Save SPEC.txt and SPEC.mmd here too.")
@json_option
@ascii_option
@width_option
def command(
    names: tuple[str, ...],
    everything: bool,
    full: bool,
    mermaid: bool,
    out: Path | None,
    as_json: bool,
    ascii_only: bool,
    width: int | None,
) -> int:
    """Draw the protocol of SPEC as its author wrote it: who asks whom, in which order, what is repeated.

    SPEC is a shipped era (`hvcheck eras` lists them) or a path. Nothing is run: the chart is the text, with every
    parameter at its default. A box is a place whose actors die together; a frame says what its rows are repeated
    for, or in which time they must be done; below a row stands what happens to disks. Left out unless --full:
    messages that nobody handles, assignments, requirements, and what follows a failure.

    Several specs stand side by side. Where the terminal is too narrow for charts they are lists, and what two eras
    have in common stands on one line.

    \b
    hvcheck show ws2012                          the figure
    hvcheck show ws2012 ws2012r2                 what changed from one to the next
    hvcheck show --all --width 330               the three figures as charts
    hvcheck show ws2012 --full --width 160       with failures and all assignments
    hvcheck show ws2012 --mermaid > figure1.mmd  for a page
    hvcheck show my.hvs --ascii                  your own spec, in plain characters
    """
    from hvcheck.report.console import width_of, write
    from hvspec.library import era_names

    if as_json and mermaid:
        raise click.UsageError("--json and --mermaid are two forms of one chart; give one of them")
    chosen = tuple(dict.fromkeys((*names, *(era_names() if everything else ()))))
    if not chosen:
        raise click.UsageError("Missing argument 'SPEC': name a spec, or give --all")
    for name in chosen:
        require_spec(name)
    specs = [spec for name in chosen if (spec := load_or_explain(name)) is not None]
    charts = [chart for spec in specs if (chart := _figure_or_explain(spec, full=full)) is not None]
    if len(charts) < len(chosen):
        return EXIT_SPEC
    if as_json:
        found = [asdict(chart) for chart in charts]
        click.echo(json.dumps(found[0] if len(found) == 1 else found, indent=1))
    elif mermaid:
        click.echo(_mermaid(charts), nl=False)
    else:
        write(sys.stdout, _drawn(charts, width or width_of(sys.stdout), ascii_only))
    if out is not None:
        _save(specs, charts, out)
    return 0


def _drawn(charts: Sequence[Chart], width: int, ascii_only: bool) -> list[Line]:
    from hvcheck.chart.abreast import abreast
    from hvcheck.chart.text import draw

    if len(charts) > 1:
        return [*abreast(charts, width, ascii_only=ascii_only), Line(), *_legend(charts)]
    return [*draw(charts[0], width, ascii_only=ascii_only), *_legend(charts)]


def _mermaid(charts: Sequence[Chart]) -> str:
    """One diagram as it is; several as a page of fenced ones, since a diagram has one time axis."""
    from hvcheck.chart.mermaid import to_mermaid

    if len(charts) == 1:
        return to_mermaid(charts[0])
    return "\n".join(f"## {chart.title}\n\n```mermaid\n{to_mermaid(chart)}```\n" for chart in charts)


def _save(specs: Sequence[Spec], charts: Sequence[Chart], out: Path) -> None:
    from hvcheck.chart.mermaid import to_mermaid

    out.mkdir(parents=True, exist_ok=True)
    for spec, chart in zip(specs, charts, strict=True):
        (out / f"{spec.name}.mmd").write_text(to_mermaid(chart), encoding="utf-8")
        _write_text(out / f"{spec.name}.txt", _drawn([chart], _SAVED_WIDTH, False))
    if len(charts) > 1:
        (out / "side-by-side.md").write_text(_mermaid(charts), encoding="utf-8")
        _write_text(out / "side-by-side.txt", _drawn(charts, _SAVED_WIDTH * len(charts), False))


def _write_text(path: Path, lines: Sequence[Line]) -> None:
    path.write_text("\n".join(map(str, lines)) + "\n", encoding="utf-8")


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


def _legend(charts: Sequence[Chart]) -> Iterator[Line]:
    """What the authors call whom."""
    titled = {one.key: one.title for chart in charts for one in chart.lifelines if one.title}
    width = max(map(len, titled), default=0)
    for key, title in titled.items():
        yield plain(f"  {key:{width}}  ", "head").append(title, "quiet")
