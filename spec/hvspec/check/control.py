"""What expressions ask about control, where it is not known: whether they may ask, and rightly."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hvmodel.expression import TRUE, Expression, Read
from hvmodel.source import Span
from hvmodel.types import BOOL

from .. import syntax as s
from ..entities import Entity, PlaceRef, Protocol
from ..problem import problem, suggestion
from ..program import Program


@dataclass(slots=True)
class CheckedControl:
    """Checks what expressions ask about control, without knowing the answers."""

    program: Program
    known: Collection[str]
    in_claim: bool = False

    def query(self, name: str, entities: tuple[Entity | s.Label, ...], span: Span) -> Expression:
        if name == "up":
            self._one(name, entities, PlaceRef, "place", span)
            return TRUE
        if not self.in_claim:
            raise problem("HV320", "only properties and invariants can ask where a protocol is", span)
        if name in ("succeeded", "failed", "ended"):
            self._one(name, entities, Protocol, "protocol", span)
            return Read(f"{name}.?", (), BOOL)
        if not entities or not isinstance(entities[0], s.Label):
            raise problem("HV322", "a step or Actor.Message is needed first", span, expected="at(Step, index, ...)")
        label = entities[0]
        if str(label) not in self.known:
            fix = suggestion(s.Name(str(label), label.span), self.known)
            raise problem("HV102", f"no step or message is called `{label}`", label.span, fix=fix)
        return Read(f"at.{label}", (), BOOL)

    def _one(self, name: str, entities: tuple[Entity | s.Label, ...], kind: type, expected: str, span: Span) -> None:
        only = entities[0] if len(entities) == 1 else None
        if isinstance(only, s.Label) and only.owner is None:
            known = self.program.protocols if kind is Protocol else self.program.places
            message = f"no {expected} is called `{only.name}`"
            raise problem("HV102", message, only.span, fix=suggestion(only.name, known))
        if not isinstance(only, kind) or (isinstance(only, PlaceRef) and only.rest):
            raise problem("HV321", f"`{name}` asks about something else", span, expected=f"{name}({expected})")
