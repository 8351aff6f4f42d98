"""Slices: a system cut down to what can matter to properties.

Why the verdicts are the same: what is kept is guarded and written by what is kept alone. So a run of the full system,
its other steps left out, is a run of the slice; and a run of the slice, step for step, is one of the full system.
Shortest runs are as long as in the full system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hvmodel.system import Action, Property, System

from .cone import Cone, cone


def slice_of(system: System, claims: Sequence[Property]) -> System:
    """The system with the functions, writes and actions that can matter to the claims; its properties are these."""
    return cut(system, cone(system, claims), claims)


def cut(system: System, kept: Cone, claims: Sequence[Property]) -> System:
    """The system without what is not in a cone; the cone must be closed (see `cone`)."""
    return replace(
        system,
        functions=tuple(function for function in system.functions if function.name in kept.functions),
        threads=tuple(thread for thread in system.threads if thread.control in kept.functions),
        actions=tuple(_cut(action, kept) for action in system.actions if action.name in kept.actions),
        disks=(),
        properties=tuple(claims),
    )


def _cut(action: Action, kept: Cone) -> Action:
    writes = tuple(write for write in action.writes if write.function in kept.functions)
    return replace(action, writes=writes, calls=())
