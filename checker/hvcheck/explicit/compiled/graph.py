"""The states and steps of a compiled search, as `leads to` wants them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hvmodel.expression import Expression

from ..codegen import OutsideError
from ..explored import NOBODY, Steps
from ..instances import Instances
from ..meter import RefusedError
from .instance import FullError
from .machine import Machine
from .packing import UncompiledError


class CompiledSteps:
    """What a machine knows of a search that has ended."""

    def __init__(self, machine: Machine, instances: Instances, unroll: int = 64) -> None:
        self._machine = machine
        self._unroll = unroll
        self._instances = instances

    def satisfying(self, expression: Expression) -> NDArray[np.bool_]:
        """Of each state, whether it satisfies a closed expression. Raises OutsideError and RefusedError."""
        try:
            return self._machine.where(expression, self._unroll)
        except (UncompiledError, FullError) as error:
            raise RefusedError(str(error)) from error
        except ValueError as error:
            raise OutsideError(str(error)) from error

    def steps(self) -> Iterator[Steps]:
        """The steps of all states that were expanded, some thousands at a time. Raises RefusedError."""
        movers = self._movers()
        try:
            for rows in self._machine.edges(0, self._machine.expanded):
                # A target of -1 becomes NOWHERE: the greatest number of 32 bits.
                yield Steps(rows[:, 0], rows[:, 1].astype(np.uint32), movers[rows[:, 2]])
        except FullError as error:
            raise RefusedError(str(error)) from error

    def _movers(self) -> NDArray[np.uint16]:
        """The instance of each step, by the number of the step: steps are numbered by action, last argument fastest."""
        steps = self._machine.source.steps
        movers = np.full(steps.total, NOBODY, np.uint16)
        for place, owed in enumerate(self._instances.owed):
            first, count = steps.first[place], steps.first[place + 1] - steps.first[place]
            if owed is not None and count:
                movers[first : first + count] = owed.base + np.arange(count) // (count // owed.count)
        return movers
