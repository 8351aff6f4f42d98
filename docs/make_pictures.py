"""Draws docs/img from real runs: `make docs`. What is drawn is what the terminal shows, at fewer steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from hvcheck.chart.canvas import Line, Part, plain
from hvcheck.chart.rows import Chart, Row, keys_in_order
from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw
from hvcheck.engine import Budget
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.report.explain import explain, explanation_lines
from hvcheck.verdict import Violated
from hvmodel.system import Property
from hvspec.compile import compile_system
from hvspec.load import load

IMAGES = Path(__file__).parent / "img"
COLUMNS = 100
CELL, LINE_HEIGHT, MARGIN = 8.0, 18.0, 14.0
COLOURS: dict[Part, str] = {
    "number": "#8c959f",
    "head": "#1f2328",
    "bar": "#c3cad2",
    "arrow": "#0969da",
    "label": "#1f2328",
    "change": "#8a5a00",
    "environment": "#8250df",
    "frame": "#8c959f",
    "bad": "#cf222e",
    "quiet": "#59636e",
}
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of a long run that a picture keeps, by label, and the beginnings of the changes shown under them."""

    labels: tuple[str, ...]
    changes: tuple[str, ...]

    def of(self, chart: Chart) -> Chart:
        rows = tuple(self._shortened(row) for row in chart.rows if row.label.startswith(self.labels))
        shown = keys_in_order(rows)
        return Chart("", tuple(lifeline for lifeline in chart.lifelines if lifeline.key in shown), rows)

    def _shortened(self, row: Row) -> Row:
        return replace(row, below=tuple(text for text in row.below if text.startswith(self.changes)))


DRIFT = Selection(
    labels=(
        "DoSnapshotSet",
        "OnPrepareSnapshot",
        "Backup",
        "OnFreeze",
        "CommitSnapshots",
        "OnThaw",
        "AppBegin",
        "OnPostSnapshot",
        "Copy",
    ),
    changes=("disk.", "taken.now", "App.frozen", "copied"),
)


def violation(era: str, scenario: str, scope: str, name: str, **settings: int) -> tuple[Violated, Property]:
    """The shortest run that violates a property."""
    spec, _ = load(era)
    assert spec is not None
    system, sizes, _ = compile_system(spec, scenario=scenario, scope=scope, settings=settings)
    assert system is not None
    assert sizes is not None
    claim = next(claim for claim in system.properties if claim.name == name)
    for event in ExplicitEngine().run(system, [claim], sizes, Budget()):
        if isinstance(event, Violated):
            return event, claim
    raise SystemExit(f"{name} is not violated in {era}, {scenario}: the picture needs another run")


def drift() -> Iterator[Line]:
    verdict, claim = violation("ws2012", "no_rollback", "disks", "AppConsistent", DISK=1)
    chart = chart_of_run(verdict.run.layout, verdict.run.trace)
    yield plain("$ hvcheck verify ws2012 --scenario no_rollback --scope disks --property AppConsistent", "quiet")
    yield plain(
        f"AppConsistent is violated: a run of {len(verdict.run.trace.steps)} steps, here those that matter", "bad"
    )
    yield Line()
    yield from draw(DRIFT.of(chart), COLUMNS)
    headline, *rest = explanation_lines(explain(verdict, claim))
    yield plain(f"Why: {headline}", "head")
    yield from (plain(text, "change") for text in rest)


# -------------------------------------------------------------------- terminal lines as SVG


def svg(lines: list[Line]) -> str:
    """Lines of a terminal on a grid that does not depend on the reader's fonts; strokes are drawn, not written."""
    width, height = COLUMNS * CELL + 2 * MARGIN, len(lines) * LINE_HEIGHT + 2 * MARGIN
    title = escape(str(lines[1]))
    body = "\n".join(shape for number, line in enumerate(lines) for shape in _line(line, MARGIN + number * LINE_HEIGHT))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" font-family="{FONT}" font-size="13">\n<title>{title}</title>\n'
        f'<rect x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" rx="8" fill="#fff" stroke="#d1d9e0"/>\n'
        f"{body}\n</svg>\n"
    )


def _line(line: Line, top: float) -> Iterator[str]:
    column = 0
    for text, part in line.pieces():
        colour = COLOURS.get(part, "#1f2328")
        for word, start in _words(text, column):
            x = MARGIN + start * CELL
            if word in _STROKES:
                yield f'<path d="{_STROKES[word](x, top)}" stroke="{colour}" fill="none" stroke-width="1.4"/>'
            elif set(word) == {"─"}:
                yield f'<path d="{_across(x, top, len(word))}" stroke="{colour}" fill="none" stroke-width="1.4"/>'
            elif word == "▶":
                yield f'<path d="{_head(x, top)}" fill="{colour}"/>'
            else:
                weight = ' font-weight="600"' if part in ("head", "bad") else ""
                yield (
                    f'<text x="{x:g}" y="{top + 13:g}" fill="{colour}" textLength="{len(word) * CELL:g}"'
                    f' lengthAdjust="spacingAndGlyphs"{weight}>{escape(word)}</text>'
                )
        column += len(text)


def _words(text: str, column: int) -> Iterator[tuple[str, int]]:
    """Strokes by themselves, arrows' lines together, everything else as words with their columns."""
    word, start = "", column
    for offset, character in enumerate([*text, " "]):
        joins = bool(word) and (word[-1] == "─") == (character == "─") and character not in _ALONE
        if word and (character == " " or not joins or word[-1] in _ALONE):
            yield word, start
            word = ""
        if character != " ":
            start = start if word else column + offset
            word += character


def _down(x: float, y: float) -> str:
    return f"M{x + CELL / 2:g} {y:g}v{LINE_HEIGHT:g}"


def _branch(x: float, y: float) -> str:
    return f"{_down(x, y)}M{x + CELL / 2:g} {y + LINE_HEIGHT / 2:g}h{CELL / 2:g}"


def _across(x: float, y: float, cells: int) -> str:
    return f"M{x:g} {y + LINE_HEIGHT / 2:g}h{cells * CELL:g}"


def _head(x: float, y: float) -> str:
    return f"M{x:g} {y + LINE_HEIGHT / 2 - 4:g}l{CELL + 3:g} 4l-{CELL + 3:g} 4z"


_STROKES = {"│": _down, "├": _branch}
_ALONE = frozenset("│├▶")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / "drift.svg").write_text(svg(list(drift())), encoding="utf-8")


if __name__ == "__main__":
    main()
