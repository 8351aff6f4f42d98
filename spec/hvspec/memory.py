"""What a check found, kept for the next check of nearly the same program.

A part of a program is checked again if the part itself is new, or if the outline of the program is: every
declaration without the bodies of handlers, protocols, events and claims, which nobody else looks into. Claims also
depend on the names of all steps, and code that recovers on the codes of all failures. Whether any message may be lost
is part of the outline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from hashlib import blake2b
from typing import Any, TypeVar

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from . import syntax as s
from .labels import blocks_of, handled, statements
from .program import Program, declarations
from .walk import fields, walk

T = TypeVar("T")
_KEPT = 1_000
"""Parts that are kept although the last check did not meet them: an undone edit brings them back."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What others look at in one declaration."""

    outline: str
    steps: frozenset[str]
    codes: frozenset[str]
    loses: bool


@dataclass(slots=True)
class Memory:
    """Findings by part, and facts by declaration. Parts are told apart by identity: a text read again is a new part."""

    _found: dict[tuple[str, tuple[int, ...]], tuple[object, str, Any]] = field(default_factory=dict)
    _facts: dict[tuple[str, int], tuple[object, Any]] = field(default_factory=dict)
    _used: set[tuple[str, tuple[int, ...]]] = field(default_factory=set)
    _depends: dict[str, str] = field(default_factory=dict)
    _functions_ask: bool = False

    def labels(self, program: Program) -> frozenset[str]:
        """As `labels.labels`: every `Step` and `Actor.Message` that the text knows."""
        messages = {name.text for interface in program.interfaces.values() for name in interface.messages}
        named = {f"{actor}.{message}" for actor in program.actors for message in messages}
        return frozenset(named | handled(program)).union(*(self._of(one).steps for one in _with_code(program)))

    def codes(self, program: Program) -> frozenset[str]:
        """Every code that some statement fails with."""
        return frozenset[str]().union(*(self._of(one).codes for one in _with_code(program)))

    def loses(self, program: Program) -> bool:
        """Whether some message may be lost in flight."""
        return any(self._of(one).loses for one in _with_code(program))

    def begin(self, program: Program, labels: frozenset[str], codes: frozenset[str], loses: bool) -> None:
        """A check of a program begins: now and then, forget the parts that the last one did not meet."""
        if len(self._found) > _KEPT + 2 * len(self._used):
            self._found = {key: value for key, value in self._found.items() if key in self._used}
        self._used = set()
        tables = tuple(declarations(program))
        alive = {id(one) for one in (*tables, *program.expectations)}
        outline = "\n".join(self._of(one).outline for one in tables)
        sorts = f"{program.kind} {program.name} {list(program.sorts)} {program.constants} {program.enums}"
        outline = f"{sorts} {list(program.declared)} {sorted(program.unread)} {loses}\n{outline}"
        self._facts = {key: value for key, value in self._facts.items() if key[1] in alive}
        with_codes = _digest(outline, *sorted(codes))
        self._functions_ask = any(self.fact("function asks", one, _function_asks) for one in tables)
        self._depends = {
            "claim": _digest(outline, *sorted(labels)),
            "actor": with_codes,
            "protocol": with_codes,
            "": _digest(outline),
        }

    def with_service(self, program: Program, actor: s.ActorDecl) -> tuple[object, ...]:
        """An actor and the service whose members it has: its behaviour is in both."""
        service = program.services.get(actor.instance.service.text) if actor.instance is not None else None
        return (actor,) if service is None else (actor, service)

    def about(self, claim: Any) -> str:
        """The kind of a claim: "claim" if it asks where a protocol is, and so depends on the names of all steps."""
        return "claim" if self._functions_ask or self.fact("asks", claim, _asks) else "plain"

    def known(self, kind: str, subject: object) -> Any:
        """What was found of a part, or None. A kind's first word says what it depends on: claim, actor, protocol."""
        key = _key(kind, subject)
        self._used.add(key)
        _, depends, found = self._found.get(key, (None, "", None))
        return found if found is not None and depends == self._depends_of(kind) else None

    def note(self, kind: str, subject: object, found: T) -> T:
        # The subject is kept with its findings, so that no other part comes to have its identity.
        self._found[_key(kind, subject)] = (subject, self._depends_of(kind), found)
        return found

    def kept(self, kind: str, subject: object, make: Callable[[], T]) -> T:
        """What was made of a part of the program, made again if anything that the part depends on has changed."""
        found: T | None = self.known(kind, subject)
        return self.note(kind, subject, make()) if found is None else found

    def forget(self) -> None:
        self._found.clear()

    def _depends_of(self, kind: str) -> str:
        return self._depends.get(kind.partition(" ")[0], self._depends.get("", ""))

    def fact(self, name: str, declaration: Any, make: Callable[[Any], T]) -> T:
        """What is to be known of one declaration, whatever surrounds it; made once."""
        known = self._facts.get((name, id(declaration)))
        if known is None:
            known = self._facts[name, id(declaration)] = (declaration, make(declaration))
        found: T = known[1]
        return found

    def _of(self, declaration: Any) -> _Facts:
        return self.fact("outline", declaration, _facts)


def _digest(*texts: str) -> str:
    return blake2b("\0".join(texts).encode(errors="surrogatepass"), digest_size=20).hexdigest()


def _key(kind: str, subject: object) -> tuple[str, tuple[int, ...]]:
    parts = subject if isinstance(subject, tuple) else (subject,)
    return kind, tuple(id(part) for part in parts)


def _with_code(program: Program) -> Iterator[Any]:
    yield from program.protocols.values()
    yield from program.actors.values()
    yield from program.services.values()


def _facts(declaration: Any) -> _Facts:
    every = [one for block in blocks_of(declaration) for one in statements(block)]
    steps = frozenset(one.name.text for one in every if isinstance(one, s.Step))
    failures = (one if isinstance(one, s.Fail) else one.failure for one in every if isinstance(one, s.Fail | s.Require))
    codes = frozenset(failure.code.text for failure in failures)
    loses = any(isinstance(one, s.Message) and one.asynchronous and one.lossy for one in every)
    return _Facts(" ".join(_outline(declaration)), steps, codes, loses)


_PLACES = frozenset({"at", "during", "before", "after"})


def _asks(root: Any) -> bool:
    """Whether a step is named, or something is asked about one."""
    return any(
        isinstance(node, s.Label) or (isinstance(node, s.Call) and getattr(node.target, "name", None) in _PLACES)
        for node in walk(root)
    )


def _function_asks(declaration: Any) -> bool:
    members = (*getattr(declaration, "members", ()), *getattr(declaration, "functions", ()))
    functions = [one for one in (declaration, *members) if isinstance(one, s.Function)]
    return any(map(_asks, functions))


_HIDDEN: dict[type, frozenset[str]] = {
    s.Handler: frozenset({"body", "cites"}),
    s.Reaction: frozenset({"body", "cites"}),
    s.ProtocolDecl: frozenset({"body", "cites"}),
    s.EnvironmentDecl: frozenset({"body", "cites", "when"}),
    s.PropertyDecl: frozenset({"expression", "trigger", "witness", "label", "title", "cites"}),
    s.ScenarioDecl: frozenset({"settings", "expectations", "title"}),
}
"""What nobody but the check of the part itself looks into."""


def _outline(root: Any) -> Iterator[str]:
    """The words of a declaration that others depend on, without their places."""
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            yield f"({len(node)}"
            stack.extend(reversed(node))
        elif names := fields(node):
            hidden = _HIDDEN.get(type(node), frozenset())
            yield type(node).__name__
            stack.extend(getattr(node, name) for name in names if name not in hidden)
        elif not isinstance(node, Span):
            yield repr(node)
