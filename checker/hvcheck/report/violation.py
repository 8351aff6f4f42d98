"""A violated property as one reads it: what it says, the run as a chart, the clause that fails and why."""

from __future__ import annotations

import re
from textwrap import wrap

from hvcheck.chart.canvas import Line, Part, fitted, plain
from hvcheck.chart.fold import fold
from hvcheck.chart.interest import Interest, interest_of
from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw
from hvcheck.plan.judge import Cell
from hvcheck.verdict import Reached, Violated
from hvspec.spec import Spec

from .evidence import limit_words, plural
from .explain import explain, explanation_lines

_STRINGS = re.compile(r'( as \w+)?( cites)?\s*,?\s*"[^"]*"')
"""What a property's text says beside its claim: id, title, sources."""


def violation_lines(
    spec: Spec,
    cell: Cell,
    width: int,
    *,
    ascii_only: bool = False,
    also: tuple[str, ...] = (),
    all_steps: bool = False,
    shown: Violated | None = None,
) -> list[Line]:
    """A violated (or reached) cell with its chart; `also` names other scenarios where it is the same.

    `shown` is the same violation in a smaller scope, to be drawn in its place.
    """
    verdict = cell.verdict
    assert isinstance(verdict, Violated | Reached)
    where = f"{spec.name}, scenario {cell.scenario}" if cell.scenario else spec.name
    part: Part = "good" if cell.outcome == "expected" else "bad"
    expected = "as expected" if cell.outcome == "expected" else cell.note
    lines = [plain(f"{cell.claim.name} is {verdict.word.lower()} in {where} ({expected})", part)]
    for text in sentence_lines(spec, cell):
        lines += [plain(f"  {line}", "label") for line in wrap(text, width - 2, subsequent_indent="    ")]
    lines.append(plain(f"  scope {cell.scope}: {verdict.run.layout.scope}{_limits(verdict)}", "quiet"))
    if cell.restored:
        lines.append(plain(f"  set here: {_settings(spec, cell)}; without that it {cell.restored}", "quiet"))
    if also:
        lines.append(plain(f"  {verdict.word.lower()} too in: {', '.join(also)}", "quiet"))
    if shown is not None and shown != verdict:
        own, steps = plural(len(verdict.run.trace.steps), "step"), plural(len(shown.run.trace.steps), "step")
        lines.append(plain(f"  shown with less: {shown.run.layout.scope}, in {steps} ({own} in {cell.scope})", "quiet"))
        verdict = shown
    lines = [part for line in lines for part in fitted(line, width)]
    layout, trace = verdict.run.layout, verdict.run.trace
    chart = chart_of_run(layout, trace, interest=interest_in(cell, verdict))
    lines += [Line(), *draw(chart if all_steps else fold(chart), width, ascii_only=ascii_only)]
    if isinstance(verdict, Violated):
        headline, *rest = explanation_lines(explain(verdict, cell.claim))
        why = [plain(f"Why: {headline}", "head"), *(plain(text, "change") for text in rest)]
        why += [plain(f"  {source}", "quiet") for source in cell.claim.cites]
        lines += [part for line in why for part in fitted(line, width)]
    return lines


def interest_in(cell: Cell, shown: Violated | Reached) -> Interest:
    """What to look at in a cell's run, or in the smaller one shown for it: what the failing clause reads."""
    failing: tuple[str, ...] = ()
    if isinstance(shown, Violated):
        failing = tuple(name for _, cause in explain(shown, cell.claim).causes for name in cause.reads)
    return interest_of(shown.run.layout.system, cell.claim, cell.expectation.by, failing)


def _settings(spec: Spec, cell: Cell) -> str:
    chosen = next(one.settings for one in spec.scenarios if one.name == cell.scenario)
    return ", ".join(f"{name} = {str(value).lower()}" for name, value in chosen.items())


def sentence_lines(spec: Spec, cell: Cell) -> list[str]:
    """What the spec says of the property: its title, its text with the place, its sources, why this is expected."""
    claim, lines = cell.claim, []
    if claim.title:
        lines.append(f'"{claim.title}"')
    text = _source_text(spec, cell)
    if text:
        lines.append(f"{claim.span}: {text}")
    if cell.expectation.because:
        lines.append(f"expected {cell.expectation.verdict} because {cell.expectation.because}")
    return lines


def _source_text(spec: Spec, cell: Cell) -> str:
    span = cell.claim.span
    lines = spec.sources.get(span.file, "").splitlines()[max(0, span.line - 1) : span.end_line]
    text = " ".join(" ".join(line.partition("#")[0] for line in lines).split())
    bare = _STRINGS.sub(" ", text.partition(" witness ")[0])
    return " ".join(bare.split())


def _limits(verdict: Violated | Reached) -> str:
    words = limit_words(verdict.run.layout.system.budgets)
    return f"; {words}" if words else ""
