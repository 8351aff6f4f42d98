"""What the look for unfair runs needs of a search, whatever made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hvmodel.expression import Expression

NOWHERE = 0xFFFFFFFF
"""The target of a step that breaks an obligation: what follows is unknown."""

NOBODY = 0xFFFF
"""The mover of a step that is not fair."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of some states, in the order of the states: how many each has; of each step its target and mover."""

    counts: NDArray[np.uint32]
    target: NDArray[np.uint32]
    mover: NDArray[np.uint16]


class Explored(Protocol):
    """The states that a search found, by their numbers."""

    def satisfying(self, expression: Expression) -> NDArray[np.bool_]:
        """Of each state, whether it satisfies a closed expression."""
        ...

    def steps(self, begin: int, end: int, wanted: NDArray[np.bool_]) -> Steps:
        """The steps of the wanted ones of the states from `begin` on, all of which were expanded; of others none.

        It stops before `end` when that would be too many at once; the result is valid until the next call. Movers are
        as `instances` numbers them.
        """
        ...
