"""Which of the runs of a report are drawn."""

from __future__ import annotations

from hvcheck.plan.judge import Cell
from hvcheck.plan.verify import SpecReport
from hvcheck.verdict import Reached, Violated


def to_draw(report: SpecReport, charts: str) -> list[tuple[Cell, tuple[str, ...]]]:
    """The cells whose runs are drawn, each with the other scenarios that show the same.

    `charts`: "none"; "unexpected"; "property" (what is unexpected, and one for each violated property); "all".
    """
    violated = [cell for cell in report.cells if isinstance(cell.verdict, Violated)]
    reached = [cell for cell in report.cells if isinstance(cell.verdict, Reached) and cell.outcome != "expected"]
    if charts == "none":
        return []
    if charts == "all":
        return [(cell, ()) for cell in [*reached, *violated]]
    drawn: list[tuple[Cell, tuple[str, ...]]] = [
        (cell, ()) for cell in [*reached, *violated] if cell.outcome != "expected"
    ]
    if charts == "property":
        for name in dict.fromkeys(cell.claim.name for cell in violated):
            first, *others = [cell for cell in violated if cell.claim.name == name]
            if first.outcome == "expected":
                drawn.append((first, tuple(cell.scenario for cell in others)))
    return drawn
