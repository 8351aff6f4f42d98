"""`leads to` on whatever search there is: at native speed if that knows its steps, else as the reference does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from hvmodel.expression import FALSE
from hvmodel.system import Property

from ..engine import Progress
from ..verdict import Confirmed
from .exploration import Exploration

if TYPE_CHECKING:
    from .fairness import Unanswered


class LeadsTo:
    """Looks for runs that break the `leads to` properties among the claims, in a search that has ended."""

    def __init__(self, search: Exploration, claims: Sequence[Property]) -> None:
        self._search = search
        self._claims = [claim for claim in claims if claim.claim == "leads to"]

    def run(self, claim: Property) -> Iterator[Progress | Confirmed]:
        """Progress, then a violation if there is one; after a search that was stopped there may be others.

        Raises BudgetError.
        """
        if self._natively is not None:
            yield from self._natively.run(claim)
        elif self._search.finished:
            from .liveness import Liveness

            yield from Liveness(self._search, claim.trigger or FALSE, claim.expression).run()

    @cached_property
    def _natively(self) -> Unanswered | None:
        explored = self._search.explored()
        if explored is None:
            return None
        from .fairness import Unanswered

        return Unanswered(self._search, explored, self._claims)
