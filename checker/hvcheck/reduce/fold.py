"""Engines that search one of each set of like states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvmodel.state import Layout

from ..engine import Engine
from ..explicit.engine import ExplicitEngine

if TYPE_CHECKING:
    from ..explicit.compiled.instance import Modules
    from .group import Group


def fold_explicit(layout: Layout, group: Group, reference: bool = False, modules: Modules | None = None) -> Engine:
    """The explicit engine, for systems of this layout."""
    from .orbit import images

    return ExplicitEngine(reference=reference, images=images(layout, group), modules=modules)
