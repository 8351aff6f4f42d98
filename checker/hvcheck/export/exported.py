"""What an export gives."""

from __future__ import annotations

from hvmodel.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Exported:
    """The text, and what it cannot say of the spec's properties, a sentence each."""

    text: str
    left_out: tuple[str, ...] = ()
