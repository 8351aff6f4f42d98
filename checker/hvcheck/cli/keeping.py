"""What commands share that run a spec on files and keep them: the folder, the chart on the way, the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import click

from hvcheck.chart.canvas import Line, plain
from hvcheck.chart.changed import describe_changes
from hvcheck.chart.naming import value_name
from hvcheck.chart.rows import Chart
from hvcheck.chart.run import chart_of_run, step_label
from hvcheck.chart.text import draw
from hvcheck.ondisk.compiled import Compiled
from hvcheck.ondisk.folder import prepare
from hvcheck.ondisk.play import Play, require_disks
from hvcheck.ondisk.problem import wrong
from hvcheck.ondisk.telling import by_step, difference_lines, disk_lines, files_in, refused_by_system
from hvcheck.problem import Problem
from hvcheck.report.console import width_of, write
from hvmodel.concrete import ConformanceError
from hvmodel.semantics import Step, apply
from hvmodel.state import Layout
from hvmodel.stores.driver import DriverFactory
from hvmodel.trace import Trace

from .loading import EXIT_SPEC

EXIT_DIFFERS, EXIT_USAGE = 1, 2

_Command = TypeVar("_Command", bound=Callable[..., Any])


def disks_option(command: _Command) -> _Command:
    return click.option(
        "--disks",
        metavar="DIR",
        required=True,
        type=click.Path(path_type=Path),
        help="The folder that the disk files are kept in: a new one, or an empty one.",
    )(command)


def tell_problem(problem: Problem) -> int:
    """One line on standard error, and the exit code."""
    click.echo(f"hvcheck: {problem}", err=True)
    return EXIT_USAGE if problem.code in ("folder", "unreadable", "choice", "store") else EXIT_SPEC


def driver_of(name: str) -> DriverFactory:
    from hvmodel.stores.plain import PlainDisk
    from hvmodel.stores.vhdx.disk import VhdxDisk

    return PlainDisk if name == "plain" else partial(VhdxDisk, durable=False)


class Keeper:
    """A run on the files of one folder, told on standard output unless JSON is wanted."""

    def __init__(self, found: Compiled, options: dict[str, Any]) -> None:
        """Raises ProblemError: the folder, or a spec without files."""
        self.found = found
        self._quiet = bool(options["as_json"])
        self.width, self._ascii = options["width"] or width_of(sys.stdout), options["ascii_only"]
        require_disks(found.layout)
        self.folder = prepare(options["disks"])
        with _system_problems(self.folder):
            self.play = Play(found.layout, self.folder, driver_of(options.get("driver", "vhdx")))
        layout = found.layout
        self.tell([plain(f"{layout.system.name} {found.scenario}: {layout.scope}; files in {self.folder}", "head")])

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.play.close()

    def tell(self, lines: Sequence[Line]) -> None:
        if not self._quiet:
            write(sys.stdout, lines)

    def take_all(
        self, steps: Sequence[Step], chart: Callable[[Layout, Trace], Chart] = chart_of_run
    ) -> ConformanceError | None:
        """Take the steps, telling each when it is taken; the difference that ended the run, if one did."""
        layout = self.found.layout
        states = [layout.initial]
        for step in steps:
            states.append(apply(layout, states[-1], step))
        drawn = draw(chart(layout, Trace(tuple(states), tuple(steps))), self.width, ascii_only=self._ascii)
        groups = by_step(drawn)
        self.tell(groups[0])
        for number, step in enumerate(steps, 1):
            try:
                self.take(step)
            except ConformanceError as error:
                self.tell(groups.get(number, []))
                return error
            self.tell(groups.get(number, []))
        return None

    def take(self, step: Step) -> None:
        """Take one step. Raises ConformanceError, ProblemError."""
        with _system_problems(self.folder):
            self.play.take(step)

    def tell_end(self, difference: ConformanceError | None) -> None:
        count = len(self.play.trace.steps)
        if difference is not None:
            self.tell(list(difference_lines(difference)))
        else:
            self.tell([plain(f"AGREED  files and model agreed after each of {count} steps", "good")])
        self.tell(list(disk_lines(self.play)))

    def document(self, difference: ConformanceError | None) -> dict[str, Any]:
        """The run as JSON, which `--trace` and `replay` read again."""
        return {
            "#meta": self.found.meta,
            "outcome": "AGREED" if difference is None else "DIFFERS",
            "differences": [] if difference is None else [str(one) for one in difference.differences],
            "steps": [self._step(i) for i in range(len(self.play.trace.steps))],
            "folder": str(self.folder),
            "files": list(files_in(self.folder)),
        }

    def _step(self, position: int) -> dict[str, Any]:
        layout, trace = self.found.layout, self.play.trace
        step, before, after = trace.steps[position], trace.states[position], trace.states[position + 1]
        parameters = zip(layout.system.action[step.action].parameters, step.arguments, strict=True)
        return {
            "action": step.action,
            "arguments": {one.name: value_name(layout.system, value, one.type) for one, value in parameters},
            "label": step_label(layout, step, before),
            "changes": list(describe_changes(layout, before, after)),
        }


class _system_problems:  # noqa: N801 - used as a context, as a function would be
    """What the operating system refuses is a problem of the folder, not a difference between files and model."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, ConformanceError) and (refused := refused_by_system(error)):
            raise wrong("store", str(self._folder), refused, fix="the files so far are kept") from error
        if isinstance(error, OSError):
            raise wrong("store", str(self._folder), error.strerror or str(error)) from error
