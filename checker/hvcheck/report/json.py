"""Everything that was found as stable JSON: for `--json`, for other tools, for comparing two runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hvcheck.chart.itf import steps_json
from hvcheck.plan.judge import EXIT_CODES, Cell, worst
from hvcheck.plan.verify import SpecReport, never_taken
from hvcheck.verdict import (
    Bounded,
    Confirmed,
    Coverage,
    Holds,
    Proved,
    Reached,
    Undetermined,
    Unreachable,
    Verdict,
    Violated,
)
from hvmodel.source import Span
from hvspec.diagnostic import Diagnostic, Fix

from .evidence import evidence
from .explain import explain

FORMAT = 2
"""Raised when a field changes its meaning; new fields do not raise it."""


def reports_json(reports: Sequence[SpecReport]) -> dict[str, Any]:
    outcome = worst(report.outcome for report in reports)
    return {
        "format": FORMAT,
        "outcome": outcome,
        "exit": EXIT_CODES[outcome],
        "specs": [report_json(report) for report in reports],
    }


def report_json(report: SpecReport) -> dict[str, Any]:
    return {
        "name": report.spec.name,
        "spec": next((result.job.spec for result in report.results), report.spec.name),
        "title": report.spec.title,
        "outcome": report.outcome,
        "cells": [cell_json(cell) for cell in report.cells],
        "jobs": [
            {
                "scenario": result.job.scenario,
                "scope": result.scope,
                "engine": result.job.engine,
                "settings": dict(result.job.settings),
                "budgets": dict(result.budgets),
                "seconds": round(result.seconds, 3),
                "failure": result.failure,
            }
            for result in report.results
        ],
        "never_taken": list(never_taken(report)),
        "diagnostics": [diagnostic_json(diagnostic) for diagnostic in report.diagnostics],
    }


def cell_json(cell: Cell) -> dict[str, Any]:
    return {
        "property": cell.claim.name,
        "claim": cell.claim.claim,
        "title": cell.claim.title,
        "scenario": cell.scenario,
        "scope": cell.scope,
        "expected": cell.expectation.verdict,
        "outcome": cell.outcome,
        "note": cell.note,
        "restored": cell.restored,
        "verdict": cell.verdict.word if cell.verdict else None,
        "engines": [{"engine": engine, **verdict_json(verdict)} for engine, verdict in cell.engines],
        **_run_json(cell),
    }


def _run_json(cell: Cell) -> dict[str, Any]:
    match cell.verdict:
        case Violated(run=run):
            why = asdict(explain(cell.verdict, cell.claim))
            return {"explanation": why, "run": _run(run)}
        case Reached(run=run):
            return {"run": _run(run)}
    return {}


def _run(run: Confirmed) -> dict[str, Any]:
    """Steps and what they change; `--out` saves the whole states (a thousand times as much) as ITF."""
    return {"steps": steps_json(run.layout, run.trace), "loop": run.trace.loop}


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    common = {"verdict": verdict.word, "evidence": evidence(verdict), "seconds": round(verdict.seconds, 3)}
    match verdict:
        case Proved(certificate=proof):
            return {**common, **asdict(proof), "rival": verdict.rival}
        case Holds(coverage=coverage):
            return {**common, **_coverage(coverage), "rival": verdict.rival}
        case Unreachable(coverage=coverage):
            return {**common, **_coverage(coverage)}
        case Undetermined(coverage=searched):
            return {**common, "hint": verdict.hint, **(_coverage(searched) if searched else {})}
        case Violated(run=run) | Reached(run=run):
            return {**common, "steps": len(run.trace.steps), "loop": run.trace.loop}
        case Bounded(depth=depth):
            return {**common, "depth": depth}
    return common


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "sizes": dict(coverage.scope.sizes),
        "budgets": dict(coverage.budgets),
        "states": coverage.states,
        "transitions": coverage.transitions,
        "depth": coverage.depth,
        "unreached": list(coverage.unreached),
        "reductions": list(coverage.reductions),
        "left_out": list(coverage.left_out),
    }


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "expected": diagnostic.expected,
        "found": diagnostic.found,
        "span": _span(diagnostic.span),
        "related": [{"message": one.message, "span": _span(one.span)} for one in diagnostic.related],
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    """`edits` is what a tool may do to the text, [] for advice; `span` and `replacement` are those of the first."""
    return {
        "message": fix.message,
        "span": _span(fix.span),
        "replacement": fix.replacement,
        "edits": [{"span": _span(edit.span), "replacement": edit.replacement} for edit in fix.edits],
    }


def _span(span: Span) -> dict[str, Any] | None:
    return asdict(span) if span.line else None
