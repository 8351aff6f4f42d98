"""What a test of files or of a tool found, as one reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hvcheck.chart.canvas import Line, Part, fitted, plain
from hvcheck.chart.run import chart_of_run
from hvcheck.chart.text import draw
from hvmodel.state import Layout
from hvmodel.trace import Trace

from .evidence import plural, some_names

if TYPE_CHECKING:
    from hvcheck.stateful.report import TestReport

LEMMA = "lemma"
"""The reason why a part of a proof is not judged."""

UNBROKEN = 10_000
"""Columns that no line has."""

SHOWN = 6
"""How many names of a long list are told."""

_PARTS: dict[str, Part] = {"PASSED": "good", "DIFFERS": "bad", "BROKEN": "bad", "UNTESTED": "unsure"}


def renderer(width: int, *, ascii_only: bool = False) -> Callable[[Layout, Trace], str]:
    """Draws a run as a chart of text."""
    return lambda layout, trace: "\n".join(map(str, draw(chart_of_run(layout, trace), width, ascii_only=ascii_only)))


def conformance_lines(report: TestReport, tested: str, setting: str, width: int = UNBROKEN) -> Iterator[Line]:
    """`tested` names what was compared with the model: `files`, or the adapter's class; `setting` the model.

    Text is broken at `width` columns; the chart is as drawn.
    """
    outcome = report.outcome
    for line in (*_heading(report, tested, setting), *_differences(report)):
        yield from fitted(line, width)
    if chart := getattr(outcome, "chart", ""):
        yield Line()
        yield from (plain(text) for text in chart.splitlines())
    if report.untaken and outcome.word in ("PASSED", "UNTESTED"):
        yield from fitted(_untaken(report), width)


def _heading(report: TestReport, tested: str, setting: str) -> Iterator[Line]:
    outcome = report.outcome
    yield plain(f"{outcome.word}", _PARTS[outcome.word]).append(f"  {what_happened(outcome, tested)}", "label")
    yield plain(f"  {setting}", "quiet")
    edges = f", {report.edges}" if report.edges else ""
    yield plain(
        f"  {plural(report.examples, 'example')}, {plural(report.steps, 'step')} ({report.storage_steps:,} on disks),"
        f" {plural(report.disturbances, 'disturbance')}, {report.coverage}{edges}, seed {report.seed}",
        "quiet",
    )
    # What a failing run did not come to is no news.
    yield from (plain(f"  {note}", "quiet") for note in report.notes[: None if report.passed else 1])
    if report.passed:
        yield from _judged(report)


def _judged(report: TestReport) -> Iterator[Line]:
    """What a success is about: agreement alone says nothing of a property that no run was asked for."""
    if report.checked:
        count = "1 property" if len(report.checked) == 1 else f"{len(report.checked)} properties"
        yield plain(f"  judged: {count}: {_few(report.checked)}", "quiet")
    else:
        yield plain("  judged: no property", "unsure")
    reasons: dict[str, list[str]] = {}
    for name, reason in report.unjudged.items():
        reasons.setdefault(reason, []).append(name)
    lemmas = reasons.pop(LEMMA, [])
    parts = [f"{', '.join(names)} ({reason})" for reason, names in reasons.items()]
    parts += [f"{plural(len(lemmas), 'lemma')}: {_few(lemmas)}"] if lemmas else []
    if parts:
        yield plain(f"  not judged: {'; '.join(parts)}", "quiet" if report.checked else "unsure")


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more (see --json)" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _differences(report: TestReport) -> Iterator[Line]:
    yield from (plain(f"  {difference}", "bad") for difference in getattr(report.outcome, "differences", ()))


def _untaken(report: TestReport) -> Line:
    """Where every edge that there is was seen, what was not taken is no gap: nothing here leads to it."""
    if report.edges is not None and report.edges.complete:
        return plain(f"  no run can take here: {some_names(report.untaken)}", "quiet")
    return plain(f"  never taken: {some_names(report.untaken)}", "unsure")


def what_happened(outcome: Any, tested: str) -> str:
    """An outcome in one line."""
    match outcome.word:
        case "PASSED":
            return f"{tested} and model agreed after every step"
        case "DIFFERS":
            return f"{tested} and model differ after {plural(len(outcome.moves), 'move')}" + _doubts(outcome)
        case "BROKEN":
            return f"{outcome.property} does not hold after {plural(len(outcome.moves), 'move')}" + _length(outcome)
    return str(outcome.reason)


def _doubts(outcome: Any) -> str:
    return _length(outcome) if outcome.reproduced else " (not the next time: what is tested is not deterministic)"


def _length(outcome: Any) -> str:
    if outcome.minimal:
        return ""
    why = f"was stopped, {outcome.stopped}" if outcome.stopped else "met its limit"
    return f" (perhaps fewer would do: shortening the run {why})"
