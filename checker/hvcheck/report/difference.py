"""The difference of two specs as lines and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import Any

from hvcheck.chart.canvas import Line, fitted, plain
from hvcheck.plan.differ import Compared, Difference, Side, plain_word
from hvcheck.plan.judge import Cell
from hvcheck.verdict import Violated

from .json import cell_json
from .violation import violation_lines

Shown = Callable[[Cell], Violated | None]


def difference_lines(
    found: Difference, width: int, shown: Shown, *, ascii_only: bool = False, all_steps: bool = False
) -> list[Line]:
    """Properties, then messages and steps, then the run. `shown` gives the smaller run to draw, if any."""
    lines = [*_heads(found), Line(), *_properties(found), Line()]
    for names, spec, other in (
        (found.gone, found.left.spec.name, found.right.spec.name),
        (found.new, found.right.spec.name, found.left.spec.name),
    ):
        lines += [*_labels(names, spec, other, width), Line()]
    lines = [part for line in lines for part in fitted(line, width)]
    return [*lines, *_run(found, width, shown, ascii_only, all_steps)]


def _heads(found: Difference) -> Iterator[Line]:
    width = max(len(one.spec.name) for one in (found.left, found.right))
    for one in (found.left, found.right):
        yield plain(f"{one.spec.name:{width}}  {one.spec.title}", "head")
        yield plain(f"{'':{width}}  {where(one)}", "quiet")


def where(one: Side) -> str:
    """The scenario and scope in which a spec was looked at."""
    scope = next((result for result in one.report.results if result.scope), None)
    named = f"scope {scope.scope} ({scope.sizes})" if scope else ""
    return ", ".join(filter(None, (f"scenario {one.scenario}" if one.scenario else "", named)))


def _properties(found: Difference) -> Iterator[Line]:
    rows = [
        (_title(one), _cell(one.left), _cell(one.right), "unlike" if one.differs else "")
        for one in found.properties
        if one.differs
    ]
    same = len(found.properties) - len(rows)
    if not rows:
        yield plain(f"No property differs ({same} compared).", "good")
        return
    heads = ("properties that differ", found.left.spec.name, found.right.spec.name)
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(3)]
    yield plain("  ".join(f"{head:{wide}}" for head, wide in zip(heads, widths, strict=True)).rstrip(), "head")
    for row in rows:
        yield plain("  ".join(f"{text:{wide}}" for text, wide in zip(row, widths, strict=False)).rstrip(), "label")
    yield plain(f"{same} other{' is' if same == 1 else 's are'} alike.", "quiet")


def _title(one: Compared) -> str:
    return f"  {one.name} ({one.id})" if one.id else f"  {one.name}"


def _cell(cell: Cell | None) -> str:
    """The measured verdict, and what was expected where that is something else."""
    if cell is None:
        return "not there"
    word = plain_word(cell)
    word = "nothing to judge" if word == "-" else word
    if isinstance(cell.verdict, Violated):
        word += f" {len(cell.verdict.run.trace.steps)}"
    return word if cell.outcome != "difference" else f"{word} (expected {cell.expectation.verdict})"


def _labels(names: tuple[str, ...], spec: str, other: str, width: int) -> Iterator[Line]:
    messages = [name for name in names if "." in name]
    for kind, listed in (("messages", messages), ("steps", [name for name in names if "." not in name])):
        yield plain(f"{kind} of {spec} that {other} lacks: {len(listed) or 'none'}", "head")
        for text in wrap(", ".join(listed), max(20, width - 2), break_on_hyphens=False, break_long_words=False):
            yield plain(f"  {text}", "label")


def _run(found: Difference, width: int, shown: Shown, ascii_only: bool, all_steps: bool) -> list[Line]:
    example = found.counterexample
    if example is None:
        text = "No `always` or `never` property is violated in one and kept in the other: there is no run to show."
        return fitted(plain(text, "quiet"), width)
    allows, refuses, cell = example
    head = plain(f"{allows.spec.name} allows this run, {refuses.spec.name} refuses it:", "head")
    lines = violation_lines(allows.spec, cell, width, ascii_only=ascii_only, all_steps=all_steps, shown=shown(cell))
    return [*fitted(head, width), *lines]


def difference_json(found: Difference) -> dict[str, Any]:
    """Everything that the lines say, with every property, and the run in full."""
    example = found.counterexample
    return {
        "left": _side_json(found.left),
        "right": _side_json(found.right),
        "properties": [
            {
                "name": one.name,
                "id": one.id,
                "differs": one.differs,
                "left": _brief(one.left),
                "right": _brief(one.right),
            }
            for one in found.properties
        ],
        "gone": list(found.gone),
        "new": list(found.new),
        "counterexample": example
        and {"allows": example[0].spec.name, "refuses": example[1].spec.name, "cell": cell_json(example[2])},
    }


def _side_json(one: Side) -> dict[str, Any]:
    return {"name": one.spec.name, "title": one.spec.title, "scenario": one.scenario, "scope": one.scope}


def _brief(cell: Cell | None) -> dict[str, str] | None:
    if cell is None:
        return None
    return {"verdict": plain_word(cell), "expected": cell.expectation.verdict, "outcome": cell.outcome}
