"""What is searched: a system, reduced or not, with the claims that its search decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvmodel.dataclass import dataclass
from hvmodel.system import Property, System

from .choice import Reduction

if TYPE_CHECKING:
    from .compress import Link
    from .group import Group
    from .liveness import Needed


@dataclass(frozen=True, slots=True)
class Part:
    """`reductions` made `system` of the full one; `left_out` are the actions that a slice dropped.

    With a `group`, states that it exchanges are searched as one; with `needs`, those that differ where these say that
    nobody needs the value. `merged` are the steps that compression left out.
    """

    system: System
    claims: tuple[Property, ...]
    reductions: tuple[Reduction, ...] = ()
    left_out: tuple[str, ...] = ()
    group: Group | None = None
    needs: tuple[Needed, ...] = ()
    merged: tuple[Link, ...] = ()
