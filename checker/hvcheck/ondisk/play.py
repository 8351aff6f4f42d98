"""A run on files in one folder, step by step, with a way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hvmodel.concrete import Concrete, unsupported
from hvmodel.semantics import Step
from hvmodel.state import Layout, State
from hvmodel.stores.driver import DriverFactory
from hvmodel.trace import Trace

from .folder import clear, files_below, require_inside
from .problem import wrong

BLOCK_SIZE = 4096
"""Bytes of a block: what readers of disk images agree on is multiples of this."""


def require_disks(layout: Layout) -> None:
    """Raises ProblemError for a system that cannot run on files."""
    name, problems = layout.system.name, unsupported(layout.system)
    if not layout.system.disks:
        raise wrong("unsupported", name, "the spec has no disks, so there is nothing to keep on files")
    if problems:
        raise wrong("unsupported", name, f"it cannot run on files: {'; '.join(problems)}")


class Play:
    """`trace` is the run so far. Raises ConformanceError where files and model differ; the files stay as they are."""

    def __init__(self, layout: Layout, folder: Path, driver: DriverFactory) -> None:
        """`folder` is empty. Raises UnsupportedError, which `require_disks` foresees."""
        self.layout, self.folder, self.driver = layout, folder, driver
        self._states: list[State] = [layout.initial]
        self._steps: list[Step] = []
        self._made: frozenset[Path] = frozenset()
        self.concrete = self._opened()

    @property
    def trace(self) -> Trace:
        return Trace(tuple(self._states), tuple(self._steps))

    @property
    def state(self) -> State:
        return self._states[-1]

    def take(self, step: Step) -> State:
        """Take an enabled step."""
        with self._making():
            state = self.concrete.take(step)
        self._steps.append(step)
        self._states.append(state)
        return state

    def undo(self) -> Step | None:
        """Take the last step back: the run's files are made anew without it. None at the start. Raises ProblemError
        if the files are no longer in the folder."""
        if not self._steps:
            return None
        last, kept = self._steps[-1], self._steps[:-1]
        require_inside(self.folder, self._made)  # before a store writes what it still holds
        self.concrete.close()
        clear(self.folder, self._made)
        self._states, self._steps = [self.layout.initial], []
        self.concrete = self._opened()
        for step in kept:
            self.take(step)
        return last

    def close(self) -> None:
        self.concrete.close()

    def _opened(self) -> Concrete:
        with self._making():
            return Concrete(self.layout, self.folder, self.driver, block_size=BLOCK_SIZE)

    @contextmanager
    def _making(self) -> Iterator[None]:
        """Remember which files the run itself has made: only those may go when a step is taken back."""
        others = files_below(self.folder) - self._made
        yield
        self._made = files_below(self.folder) - others
