"""What a search has used of its budget, and when to say how far it is."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from time import monotonic

from ..engine import Budget

INTERVAL = 0.2
"""Seconds between two reports of progress."""


class BudgetError(Exception):
    """A limit was met; the message says which."""


def resident() -> int | None:
    """Bytes of memory the process holds now, or None where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            pages = int(statm.read().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    import resource

    return pages * resource.getpagesize()


@dataclass
class Meter:
    """Measures one search against its budget. Where memory cannot be measured it is reckoned from the states."""

    budget: Budget
    start: float = field(default_factory=monotonic)
    _reported: float = 0.0

    @property
    def seconds(self) -> float:
        return monotonic() - self.start

    def check(self, states: int, size: int, more: int = 0) -> None:
        """Raises BudgetError when `states` of `size` bytes each, the time or the memory is beyond a limit.

        `more` is how many bytes the search is about to ask for.
        """
        limits = self.budget
        if limits.states is not None and states > limits.states:
            raise BudgetError(f"the budget of {limits.states:,} states was met")
        if limits.seconds is not None and self.seconds > limits.seconds:
            raise BudgetError(f"the budget of {limits.seconds:g} seconds was met")
        if limits.memory is not None:
            used = resident() or states * (size + sys.getsizeof(b"") + 64)
            if used + more > limits.memory:
                raise BudgetError(f"the budget of {limits.memory / 2**20:,.0f} MiB of memory was met")

    def due(self) -> bool:
        """Whether it is time for another report."""
        now = monotonic()
        if now - self._reported < INTERVAL:
            return False
        self._reported = now
        return True
