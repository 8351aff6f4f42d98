"""States from which no protocol step can ever be taken again, whatever else happens."""

from __future__ import annotations

from collections import deque

from .codegen import Key, Program
from .meter import Meter


class Halts:
    """Tells whether the protocol has stopped for ever in a state; remembers the states where it has not."""

    def __init__(self, program: Program, meter: Meter) -> None:
        self._program = program
        self._meter = meter
        self._live: set[Key] = set()

    def for_ever(self, key: Key) -> bool:
        """True if neither here nor in any state reachable from here a protocol step is enabled.

        Breadth first, so that a way out is found after few states. Raises BudgetError.
        """
        came: dict[Key, Key | None] = {key: None}
        queue = deque((key,))
        while queue:
            here = queue.popleft()
            if here in self._live or self._moves(here):
                self._mark(came, here)
                return False
            for _, after in self._program.found.other:
                if after not in came:
                    came[after] = here
                    queue.append(after)
            if len(came) % 256 == 0:
                self._meter.check(len(came) + len(self._live), len(key))
        return True

    def _moves(self, key: Key) -> bool:
        """Expand a state and say whether a protocol step can be taken, or a step after which nobody knows."""
        found = self._program.found
        self._program.successors(key)
        return bool(found.protocol or found.flags)

    def _mark(self, came: dict[Key, Key | None], last: Key) -> None:
        here: Key | None = last
        while here is not None:
            self._live.add(here)
            here = came[here]
