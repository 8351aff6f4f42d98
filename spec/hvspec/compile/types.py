"""The types of locations and failure codes, whose values are only known when all of the text has been followed."""

from __future__ import annotations

from hvmodel.system import IDLE
from hvmodel.types import Enum

from .builder import Builder


def complete(builder: Builder) -> None:
    """Give the types their values; everything that was made meanwhile refers to these very objects."""
    _complete(builder.failures, tuple(builder.codes))
    for thread in builder.threads:
        _complete(thread.type, (IDLE, *(location.name for location in thread.locations)))


def _complete(enum: Enum, values: tuple[str, ...]) -> None:
    # Frozen for everyone else: until now nobody has seen it, and its hash, which is its name's, stays.
    object.__setattr__(enum, "values", values)
