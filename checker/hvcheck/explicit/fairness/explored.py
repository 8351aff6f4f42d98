"""What the look for unfair runs needs of a search, whatever made it."""

from __future__ import annotations

from collections.abc import Sequence
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
    """The states that a search found, numbered breadth first from the initial one, which is 0.

    `ends[d]` is how many states are at most `d` steps away. The first `expanded` states are those whose steps are
    known: all of them, unless the search was stopped. There are at most `transitions` steps from these.
    """

    @property
    def states(self) -> int: ...

    @property
    def expanded(self) -> int: ...

    @property
    def transitions(self) -> int: ...

    @property
    def ends(self) -> Sequence[int]: ...

    def satisfying(self, expression: Expression) -> NDArray[np.bool_]:
        """Of each state, whether it satisfies a closed expression."""
        ...

    def steps(self, begin: int, end: int) -> Steps:
        """The steps of the states from `begin` to before `end`, with movers as `instances` numbers them."""
        ...
