"""What is tested against a model: the stores on files, or a tool of the user's (`hvcheck.adapter.target`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hvmodel.concrete import Concrete, Disturbance, unsupported
from hvmodel.semantics import Step
from hvmodel.state import Layout, State
from hvmodel.stores.classes import CLASSES, StorageClass
from hvmodel.stores.driver import DriverFactory
from hvmodel.system import System

DISTURBANCES: tuple[Disturbance, ...] = ("reopen", "crash")


class Subject(Protocol):
    """One run beside the model. Every method but `close` raises ConformanceError where the two differ."""

    @property
    def state(self) -> State: ...

    def take(self, step: Step) -> State: ...

    def disturb(self, kind: Disturbance) -> None: ...

    def close(self) -> None: ...


class Target(Protocol):
    """A way to begin such runs, and what all of them together leave in doubt."""

    @property
    def disturbances(self) -> tuple[Disturbance, ...]:
        """What may befall it between two steps."""
        ...

    @property
    def any_step(self) -> bool:
        """Whether any step may make it differ, not only those with storage operations."""
        ...

    def problem(self, system: System) -> str:
        """Why it cannot be tested against this system; "" if it can."""
        ...

    def begin(self, layout: Layout, folder: Path) -> Subject: ...

    def doubt(self, storage_steps: int) -> str:
        """Why runs that found nothing have shown nothing; "" if they have. No false green."""
        ...

    def notes(self) -> tuple[str, ...]:
        """What the runs have asked of it, for the report."""
        ...


@dataclass(frozen=True)
class Stores:
    """The stores of `driver`, on real files."""

    driver: DriverFactory
    classes: Mapping[str, StorageClass] = field(default_factory=lambda: CLASSES)
    block_size: int = 512
    disturbances: tuple[Disturbance, ...] = DISTURBANCES
    any_step: bool = False

    def problem(self, system: System) -> str:
        return "; ".join(unsupported(system, self.classes)) or ("" if system.disks else "the system has no disks")

    def begin(self, layout: Layout, folder: Path) -> Subject:
        return Concrete(layout, folder, self.driver, block_size=self.block_size, classes=self.classes)

    def doubt(self, storage_steps: int) -> str:
        return "" if storage_steps else "no step of any run did anything to a disk"

    def notes(self) -> tuple[str, ...]:
        return ()
