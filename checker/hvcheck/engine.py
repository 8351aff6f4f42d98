"""What an engine is. Nothing else about one is known outside its folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.system import Property, Scope, System

from .verdict import Verdict


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on one run of an engine; a search that meets one ends in UNDETERMINED and says which.

    `memory` is in bytes of the process.
    """

    states: int | None = None
    seconds: float | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an engine is; for the progress line only.

    `memory` is in bytes of the process, 0 where it is not known. `spent` gives the seconds of what the engine can
    tell apart, in the order of first use.
    """

    phase: str
    states: int = 0
    transitions: int = 0
    depth: int = 0
    queue: int = 0
    seconds: float = 0.0
    memory: int = 0
    spent: tuple[tuple[str, float], ...] = ()


EngineEvent: TypeAlias = Progress | Verdict


class Engine(Protocol):
    """A way to decide properties of a system."""

    @property
    def name(self) -> str: ...

    def supports(self, claim: Property) -> bool: ...

    def run(
        self, system: System, properties: Sequence[Property], scope: Scope, budget: Budget
    ) -> Iterator[EngineEvent]:
        """Progress now and then, and exactly one verdict for every property."""
        ...
