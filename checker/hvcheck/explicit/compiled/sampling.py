"""What the time of a search at native speed goes to, found out by sampling: the kernel does not look at a clock.

Now and then a stretch of the states that were just expanded is expanded once more, alone, and timed. What that says of
the whole slice is the time to expand; the rest of the slice is hashing, looking up and storing. The states are those
of the moment and the code is the same, so the sample drifts with the search. The states were in use just before, so the
estimate is low: on three million states it says 21 to 23 hundredths where a twin that looks at a clock says about 30.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .machine import Machine

SHARE = 0.01
"""Of the states expanded, how many are expanded once more: so much a search slows down at most."""

SLICES = 2
"""Slices from one sample to the next: large ones, beside which the call costs little."""

LEAST = 64
"""States below which a sample says nothing."""


@dataclass
class Sampling:
    """Samples so far: of `searched` seconds of the processor, `expand` went to expanding."""

    machine: Machine
    expand: float = 0.0
    searched: float = 0.0
    _sampled: int = 0
    _slices: int = SLICES

    def slice(self, first: int, seconds: float) -> None:
        """A slice of the search has expanded the states from a number on; perhaps take a sample of it.

        `seconds` are the processor's: other programs that run meanwhile take nothing of them.
        """
        self._slices += 1
        last = self.machine.expanded
        count = min(last - first, int(SHARE * last) - self._sampled)
        if self._slices < SLICES or count < LEAST:
            return
        middle = first + (last - first - count) // 2
        took = self.machine.expand_again(middle, middle + count)
        self.expand += min(seconds, took / count * (last - first))
        self.searched += seconds
        self._sampled += count
        self._slices = 0

    def told_apart(self, spent: Mapping[str, float]) -> dict[str, float]:
        """The parts, with what `search` went to instead of it once that is known."""
        parts = dict[str, float]()
        for name, seconds in spent.items():
            if name == "search" and self.searched:
                expand = seconds * self.expand / self.searched
                parts |= {"expand": expand, "dedup and store": seconds - expand}
            else:
                parts[name] = seconds
        return parts
