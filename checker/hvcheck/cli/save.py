"""Saving charts and results in a folder of the user's choice, and nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hvcheck.chart.fold import fold
from hvcheck.chart.itf import to_itf
from hvcheck.chart.mermaid import to_mermaid
from hvcheck.chart.run import chart_of_run
from hvcheck.plan.judge import Cell
from hvcheck.plan.verify import SpecReport
from hvcheck.report.json import report_json
from hvcheck.report.violation import interest_in, violation_lines
from hvcheck.verdict import Confirmed, Reached, Violated

_SAVED_WIDTH = 140
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")


def save_report(
    report: SpecReport, folder: Path, shown: Callable[[Cell], Violated | None], *, all_steps: bool = False
) -> list[Path]:
    """`SPEC.json`, and for every run `SPEC.SCENARIO.SCOPE.PROPERTY` as .txt, .mmd and .itf.json. Overwrites.

    Charts are of the run that `shown` gives, if any; the others always of the verdict's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    saved = [_put(folder / _file_name(report.spec.name, suffix=".json"), _json(report_json(report)))]
    for cell in report.cells:
        if isinstance(cell.verdict, Violated | Reached):
            saved += _save_run(report, cell, cell.verdict, shown(cell), folder, all_steps)
    return saved


def _save_run(
    report: SpecReport,
    cell: Cell,
    verdict: Violated | Reached,
    shown: Violated | None,
    folder: Path,
    all_steps: bool,
) -> list[Path]:
    parts = (report.spec.name, cell.scenario, cell.scope, cell.claim.name)
    title = f"{cell.claim.name}: {report.spec.name} {cell.scenario}".strip()
    lines = violation_lines(report.spec, cell, _SAVED_WIDTH, all_steps=all_steps, shown=shown)
    run, drawn = verdict.run, shown or verdict
    chart = chart_of_run(drawn.run.layout, drawn.run.trace, title, interest_in(cell, drawn))
    chart = chart if all_steps else fold(chart)
    return [
        _put(folder / _file_name(*parts, suffix=".txt"), "\n".join(map(str, lines)) + "\n"),
        _put(folder / _file_name(*parts, suffix=".mmd"), to_mermaid(chart)),
        _put(folder / _file_name(*parts, suffix=".itf.json"), _json(_itf(report, cell, run, title))),
    ]


def _itf(report: SpecReport, cell: Cell, run: Confirmed, title: str) -> dict[str, Any]:
    """The run, and what it takes to compile its spec again."""
    document = to_itf(run.layout, run.trace, title)
    jobs = (one.job for one in report.results)
    settings = next((one.settings for one in jobs if (one.scenario or "") == cell.scenario), ())
    spec = next((one.job.spec for one in report.results), report.spec.name)
    document["#meta"] |= {
        "spec": spec,
        "scenario": cell.scenario,
        "scope_name": cell.scope,
        "settings": dict(settings),
        "budgets": dict(run.layout.system.budgets),
        "property": cell.claim.name,
    }
    return document


def _file_name(*parts: str, suffix: str) -> str:
    return ".".join(_UNFIT.sub("-", part) for part in parts if part) + suffix


def _put(path: Path, text: str) -> Path:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # writing does not say which file it was
    return path


def _json(document: object) -> str:
    return json.dumps(document, indent=1) + "\n"
