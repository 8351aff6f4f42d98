"""What the look for unfair runs needs of a search, whatever made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression

NOWHERE = 0xFFFFFFFF
"""The target of a step that breaks an obligation: what follows is unknown."""

NOBODY = 0xFFFF
"""The mover of a step that is not fair."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps in the order of the states they begin in: the state before, the state after, and the mover of each."""

    source: NDArray[np.int32]
    target: NDArray[np.uint32]
    mover: NDArray[np.uint16]


class Explored(Protocol):
    """The states that a search found, by their numbers. Either may raise OutsideError and RefusedError."""

    def satisfying(self, expression: Expression) -> NDArray[np.bool_]:
        """Of each state, whether it satisfies a closed expression."""
        ...

    def steps(self) -> Iterator[Steps]:
        """The steps of all states that were expanded, so many at a time as can be handled between two looks at the
        budget. Movers are as `instances` numbers them."""
        ...
