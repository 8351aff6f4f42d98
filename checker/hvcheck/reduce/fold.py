"""Engines that search one of each set of like states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hvmodel.state import Layout

from ..engine import Engine
from ..explicit.engine import ExplicitEngine
from ..explicit.likeness import Likeness

if TYPE_CHECKING:
    from ..explicit.compiled.instance import Modules
    from .group import Group
    from .liveness import Needed


def fold_explicit(
    layout: Layout,
    group: Group | None,
    needs: Sequence[Needed],
    reference: bool = False,
    modules: Modules | None = None,
) -> Engine:
    """The explicit engine, for systems of this layout."""
    from .dead import resets
    from .orbit import images

    alike = Likeness(images(layout, group) if group is not None else (), resets(layout, needs))
    return ExplicitEngine(reference=reference, likeness=alike, modules=modules)
