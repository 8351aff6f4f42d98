"""The tree of tests: `era.hvs::scenario::Property`, with `[scope]` where the scenario has several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hvcheck.engine import Budget
from hvcheck.plan.choice import BUILT_IN, Choice, scenarios_of, scopes_of
from hvcheck.plan.judge import Cell
from hvcheck.plan.work import load_spec
from hvcheck.report.diagnostics import render_all, sources_for
from hvcheck.report.violation import violation_lines
from hvcheck.verdict import Reached, Violated
from hvmodel.source import NOWHERE, Span
from hvspec.load import warnings_of
from hvspec.spec import Claimed, Scenario, Spec

from .hooks import budgets
from .verification import Group, Verifications

WIDTH = 110
"""Columns of the charts in pytest's output."""

_SHARED = pytest.StashKey[Verifications]()

_WHOLE = "default"
"""What a spec without scenarios is called, as in `hvcheck verify`."""


class HvsWarning(pytest.PytestWarning):
    """A warning of a spec."""


class SpecFailure(Exception):  # noqa: N818 - it is a test's failure, and its text is all there is to see
    """Why a test failed, or why a file cannot be collected; the text is shown as it is."""


class SpecFile(pytest.File):
    """One spec. Its scenarios are collected without compiling anything."""

    def collect(self) -> Iterable[pytest.Collector]:
        spec, diagnostics = load_spec(_name(self.path))
        if spec is None:
            raise SpecFailure(_lines(render_all(diagnostics, sources_for(diagnostics))))
        if warnings := (*diagnostics, *warnings_of(spec)):
            self.warn(HvsWarning(_lines(render_all(warnings, spec.sources))))
        for scenario in scenarios_of(Choice(), spec):
            yield ScenarioNode.from_parent(self, name=scenario.name or _WHOLE, spec=spec, scenario=scenario)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, SpecFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo) if style is None else self._repr_failure_py(excinfo, style)


class ScenarioNode(pytest.Collector):
    """One scenario: a test for every property in each of its scopes."""

    def __init__(self, *, spec: Spec, scenario: Scenario, **more: Any) -> None:
        super().__init__(**more)
        self.spec = spec
        self.scenario = scenario

    def collect(self) -> Iterator[PropertyItem]:
        scopes = scopes_of(self.scenario, Choice(), self.spec)
        for claimed in _claimed(self.spec):
            for scope in scopes:
                name = f"{claimed.name}[{scope}]" if len(scopes) > 1 else claimed.name
                group = Group(_name(self.path), self.scenario.name, scope)
                yield PropertyItem.from_parent(self, name=name, spec=self.spec, claimed=claimed, group=group)


class PropertyItem(pytest.Item):
    """One property in one scenario and scope; passes if it is as the spec expects."""

    def __init__(self, *, spec: Spec, claimed: Claimed, group: Group, **more: Any) -> None:
        super().__init__(**more)
        self.spec = spec
        self.claimed = claimed
        self.group = group
        self.add_marker("hvs")
        self.extra_keyword_matches.update(filter(None, (claimed.id, claimed.claim, group.scope)))

    def runtest(self) -> None:
        verifications = _shared(self.session)
        report = verifications.report(self.group, self.spec)
        errors = [one for one in report.diagnostics if one.severity == "error"]
        if errors:
            raise SpecFailure(_lines(render_all(errors, self.spec.sources)))
        if report.failures:
            raise SpecFailure("\n".join(report.failures))
        cell = verifications.cell(self.group, self.spec, self.claimed.name)
        if cell is None:
            pytest.skip("this scenario has no such obligation")
        if cell.outcome == "not judged":
            pytest.skip(f"nothing to judge: {cell.note}")
        if cell.outcome != "expected":
            raise SpecFailure(_told(self.spec, cell, verifications))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, SpecFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.claimed.span.line
        return self.path, line - 1 if line else None, f"{self.parent.name if self.parent else ''}::{self.name}"


def _name(file: Path) -> str:
    """Below the folder that one is in, a file is named as one would name it there."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _claimed(spec: Spec) -> Iterator[Claimed]:
    """What `hvcheck verify` judges: not the lemmas of proofs, but the two properties that every spec has."""
    yield from (claimed for claimed in spec.properties if claimed.claim != "invariant")
    yield from (Claimed(name, "", "built in", span=_start(spec)) for name in BUILT_IN)


def _start(spec: Spec) -> Span:
    return Span(spec.file, 1, 1, 1, 1) if spec.file else NOWHERE


def _shared(session: pytest.Session) -> Verifications:
    """One for the whole session; a group is verified for the tests that were selected."""
    if _SHARED not in session.stash:
        seconds, states = budgets(session.config)

        def asked(group: Group) -> tuple[str, ...]:
            items = (item for item in session.items if isinstance(item, PropertyItem))
            return tuple(dict.fromkeys(item.claimed.name for item in items if item.group == group))

        session.stash[_SHARED] = Verifications(Budget(states, seconds), asked)
    return session.stash[_SHARED]


def _told(spec: Spec, cell: Cell, verifications: Verifications) -> str:
    """What was found instead of what is expected, with the run as a chart where there is one."""
    verdict = cell.verdict
    if isinstance(verdict, Violated | Reached):
        shown = verifications.smaller.run(cell) if isinstance(verdict, Violated) else None
        return _lines(violation_lines(spec, cell, WIDTH, shown=shown))
    word = verdict.word if verdict else "nothing"
    lines = [f"{cell.claim.name} in {spec.name} {cell.scenario} ({cell.scope}): {word}, {cell.note}"]
    lines += [f'  "{cell.claim.title}"'] if cell.claim.title else []
    if hint := getattr(verdict, "hint", ""):
        lines.append(f"  {hint}")
    if cell.expectation.because:
        lines.append(f"  expected {cell.expectation.verdict} because {cell.expectation.because}")
    return "\n".join(lines)


def _lines(lines: Iterable[object]) -> str:
    return "\n".join(str(line).rstrip() for line in lines)
