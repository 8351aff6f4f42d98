"""Which events a label of the text names."""

from __future__ import annotations

from hvmodel.system import Event

from .. import syntax as s

TAKEN = ("message", "delivery")
"""A message counts when it is taken ..."""
SENT = ("message", "send")
"""... and for its sender it has happened when it is sent."""


def is_event(label: s.Label, event: Event, kinds: tuple[str, ...] = TAKEN) -> bool:
    """Whether an event is the step or the message that a label names."""
    if label.owner is None:
        return event.kind == "step" and event.name == label.name.text
    at = event.target is not None and event.target.name == label.owner.text
    return event.kind in kinds and at and event.name == label.name.text
