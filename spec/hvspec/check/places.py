"""Places: what crashes, what an actor is on, and where something happens."""

from __future__ import annotations

from .. import syntax as s
from ..elaborate import Elaborator
from ..entities import Environment, PlaceRef
from ..problem import problem


def place_of(
    elaborator: Elaborator,
    written: s.Expr,
    environment: Environment,
    message: str,
    expected: str = "a place with its indices",
) -> PlaceRef:
    """The place that is written. Raises SpecError with the message if it is anything else."""
    place = elaborator.entity(written, environment)
    if not isinstance(place, PlaceRef) or place.rest:
        raise problem("HV318", message, written.span, expected=expected)
    return place
