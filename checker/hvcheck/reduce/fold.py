"""Engines that search one of each set of like states."""

from __future__ import annotations

from hvmodel.state import Layout

from ..engine import Engine
from ..explicit.engine import ExplicitEngine
from .group import Group
from .orbit import images


def fold_explicit(layout: Layout, group: Group, reference: bool = False) -> Engine:
    """The explicit engine, for systems of this layout."""
    return ExplicitEngine(reference=reference, images=images(layout, group))
