"""The model that was written by hand for other checkers, and the counts on which those agree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BACKUP = Path(__file__).parent / "specs" / "backup.hvs"


@dataclass(frozen=True, slots=True)
class Instance:
    """One scenario of the model, with the numbers of the hand-written Promela and TLA+."""

    scenario: str
    states: int
    transitions: int

    @property
    def is_small(self) -> bool:
        return self.states < 100_000


INSTANCES = (
    Instance("shallow", 11_697, 40_820),
    Instance("three", 874_007, 4_569_794),
    Instance("deep", 2_203_785, 9_897_652),
    Instance("five", 9_637_367, 59_982_348),
)
