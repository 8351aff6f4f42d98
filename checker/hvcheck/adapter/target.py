"""A user's tool as what a test is about: see `hvcheck.stateful.target.Target`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from hvmodel.concrete import Disturbance
from hvmodel.state import Layout
from hvmodel.system import System

from .adapter import Adapter
from .fit import Fitted
from .tool_run import Evidence, ToolRun

DISTURBANCES: tuple[Disturbance, ...] = get_args(Disturbance)


@dataclass(frozen=True)
class Tool:
    """A user's tool. `evidence` gathers what all runs with this target have asked of it."""

    fitted: Fitted
    evidence: Evidence = field(default_factory=Evidence)
    any_step: bool = True

    @property
    def disturbances(self) -> tuple[Disturbance, ...]:
        """Those that the adapter has a method of its own for."""
        tool = self.fitted.tool
        return tuple(kind for kind in DISTURBANCES if getattr(tool, kind) is not getattr(Adapter, kind))

    def problem(self, system: System) -> str:  # noqa: ARG002 - it was fitted to this very system
        return ""

    def begin(self, layout: Layout, folder: Path) -> ToolRun:
        return ToolRun(layout, folder, self.fitted, self.evidence)

    def doubt(self, storage_steps: int) -> str:  # noqa: ARG002 - a tool need not have disks
        name, seen = self.fitted.tool.__name__, self.evidence
        if not seen.calls:
            return f"no method of {name} was ever called: what it does never happened"
        if not seen.varied:
            shown = ", ".join(dict.fromkeys(seer.name for seer in self.fitted.seers))
            return f"what {name} shows ({shown}) never changed in the model: a tool that does nothing would pass"
        return f"stop() of {name} failed: {seen.stopping}" if seen.stopping else ""

    def notes(self) -> tuple[str, ...]:
        fitted, seen = self.fitted, self.evidence
        names = dict.fromkeys(seer.name for seer in fitted.seers)
        lines = [
            f"{sum(seen.calls.values()):,} calls of {len(seen.calls)} of {len(fitted.doers)} methods of"
            f" {fitted.tool.__name__}, {seen.compared:,} observations"
        ]
        uncalled = [name for name in fitted.doers if not seen.calls[name]]
        still = [name for name in names if name not in seen.varied]
        lines += [f"never happened: {', '.join(uncalled)}"] if uncalled else []
        lines += [f"never changed: {', '.join(still)}"] if still else []
        return tuple(lines)
