"""What a check found, kept for the next check of nearly the same program.

What is found in a part of a program depends on the part and on what its words stand for: the outlines of the
declarations of those names (a declaration without the bodies of handlers, protocols, events and claims, which nobody
else looks into), of the names in these outlines, and so on; and on the steps and failure codes of those names. Words
are whatever looks like a name in the text of a declaration, so none is forgotten. Sorts, enums, constants and whether
any message may be lost count for every part. Where something was found, names are proposed among all that there are:
it is kept only as long as no outline changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias, TypeVar

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from . import syntax as s
from .diagnostic import Diagnostic
from .labels import Labels, blocks_of, labels, statements
from .program import Program, declarations
from .shapes import StateVariable, state_variables
from .walk import fields

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


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was found of a part, while no outline changed since the `outlines`; 0 if only the `words` count."""

    subject: object
    words: frozenset[str]
    outlines: int
    found: Any


_Links: TypeAlias = Sequence[tuple[tuple[str, ...], frozenset[str]]]
"""Of each declaration, its names and the words of its outline."""


@dataclass(slots=True)
class Memory:
    """Findings by part, and facts by declaration. Parts are told apart by identity: a text read again is a new part.

    One that is not `lasting` forgets its findings when the next check begins, and need not know what they depend on.
    """

    lasting: bool = False
    _found: dict[tuple[str, tuple[int, ...]], _Kept] = field(default_factory=dict)
    _facts: dict[tuple[str, int], tuple[object, Any]] = field(default_factory=dict)
    _used: set[tuple[str, tuple[int, ...]]] = field(default_factory=set)
    _sources: Mapping[str, str] = field(default_factory=dict)
    _everywhere: str = ""
    _names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _outlines: int = 1
    _state: tuple[Program, dict[str, StateVariable]] | None = None

    def labels(self, program: Program) -> Labels:
        """As `labels.labels`: every `Step` and `Actor.Message` that the text knows."""
        return labels(program, self._steps(program))

    def _steps(self, program: Program) -> frozenset[str]:
        return frozenset[str]().union(*(self._of(one).steps for one in _with_code(program)))

    def state(self, program: Program, wrong: list[Diagnostic] | None = None) -> dict[str, StateVariable]:
        """As `state_variables`; asked without the list of what is `wrong`, it is what it was for this program."""
        if wrong is not None or self._state is None or self._state[0] is not program:
            self._state = program, state_variables(program, wrong)
        return self._state[1]

    def codes(self, program: Program) -> frozenset[str]:
        """Every code that some statement fails with."""
        return frozenset[str]().union(*(self._of(one).codes for one in _with_code(program)))

    def loses(self, program: Program) -> bool:
        """Whether some message may be lost in flight."""
        return any(self._of(one).loses for one in _with_code(program))

    def begin(self, program: Program, codes: Collection[str], loses: bool) -> None:
        """A check of a program begins: forget what may be found differently now, and now and then what is not met."""
        if not self.lasting:
            self._found.clear()
            return
        if len(self._found) > _KEPT + 2 * len(self._used):
            self._found = {key: value for key, value in self._found.items() if key in self._used}
        self._used, self._sources = set(), program.sources
        alive = {id(one) for one in (*declarations(program), *program.expectations)}
        self._facts = {key: value for key, value in self._facts.items() if key[1] in alive}
        self._compare(self._everyones(program, loses), self._outlines_by_name(program, codes), self._links(program))

    def _compare(self, everywhere: str, names: Mapping[str, tuple[str, ...]], links: _Links) -> None:
        """Forget the findings that depend on what is not as it was."""
        before, self._names = self._names, names
        changed = {name for name in names.keys() | before.keys() if names.get(name) != before.get(name)}
        if everywhere != self._everywhere:
            self._found.clear()
        elif changed:
            affected = _affected(links, changed)
            self._found = {key: one for key, one in self._found.items() if one.words.isdisjoint(affected)}
        self._outlines += bool(changed)
        self._everywhere = everywhere

    def _everyones(self, program: Program, loses: bool) -> str:
        """What any part may depend on without naming it."""
        channels = " ".join(self._of(one).outline for one in program.channels.values())
        sorts = f"{list(program.sorts)} {program.constants} {program.enums}"
        return f"{program.kind} {program.name} {sorts} {loses} {channels}"

    def _outlines_by_name(self, program: Program, codes: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Of every name, the outlines of what it is the name of, and whether a step or a failure has it."""
        found: dict[str, tuple[str, ...]] = {}
        for one in declarations(program):
            outline = self._of(one).outline
            for name in self.fact("names", one, _names):
                found[name] = (*found.get(name, ()), outline)
        for step in self._steps(program):
            found[step] = (*found.get(step, ()), "step")
        for code in codes:
            found[code] = (*found.get(code, ()), "code")
        return found

    def _links(self, program: Program) -> _Links:
        every = declarations(program)
        return [(self.fact("names", one, _names), self.fact("named", one, self._named)) for one in every]

    def _named(self, declaration: Any) -> frozenset[str]:
        """The words of an outline."""
        return frozenset(_QUOTED.findall(self._of(declaration).outline))

    def _words(self, part: Any) -> frozenset[str]:
        return frozenset(_WORD.findall(self._sources[part.span.file]))

    def with_service(self, program: Program, actor: s.ActorDecl) -> tuple[object, ...]:
        """An actor and the service whose members it has: its behaviour is in both."""
        service = program.services.get(actor.instance.service.text) if actor.instance is not None else None
        return (actor,) if service is None else (actor, service)

    def known(self, kind: str, subject: object) -> Any:
        """What was found of a part, or None."""
        key = _key(kind, subject)
        self._used.add(key)
        kept = self._found.get(key)
        return None if kept is None or kept.outlines not in (0, self._outlines) else kept.found

    def note(self, kind: str, subject: object, found: T, *, fine: bool) -> T:
        """Keep what was found of a part. It is `fine` if no names were looked for beyond those that are written."""
        parts = _parts(subject) if self.lasting else ()
        words = frozenset[str]().union(*(self.fact("spelled", part, self._words) for part in parts))
        # The subject is kept with its findings, so that no other part comes to have its identity.
        self._found[_key(kind, subject)] = _Kept(subject, words, 0 if fine else self._outlines, found)
        return found

    def forget(self) -> None:
        self._found.clear()

    def fact(self, name: str, declaration: Any, make: Callable[[Any], T]) -> T:
        """What is to be known of one declaration, whatever surrounds it; made once."""
        known = self._facts.get((name, id(declaration)))
        if known is None:
            known = self._facts[name, id(declaration)] = (declaration, make(declaration))
        found: T = known[1]
        return found

    def _of(self, declaration: Any) -> _Facts:
        return self.fact("outline", declaration, _facts)


def _affected(links: _Links, changed: Iterable[str]) -> set[str]:
    """The names that stand for something else now, and those in whose outlines one of them is named, and so on.

    The outlines of now are enough: on a way over those of before, all before the first change are as they were.
    """
    found = set(changed)
    while True:
        touched = [names for names, words in links if not words.isdisjoint(found)]
        if found.issuperset(name for names in touched for name in names):
            return found
        links = [link for link in links if link[1].isdisjoint(found)]
        found.update(name for names in touched for name in names)


_WORD = re.compile(r"[^\W\d]\w*")
_QUOTED = re.compile(r"'(\w+)'")
"""A name in an outline."""


def _parts(subject: object) -> tuple[Any, ...]:
    return subject if isinstance(subject, tuple) else (subject,)


def _key(kind: str, subject: object) -> tuple[str, tuple[int, ...]]:
    return kind, tuple(id(part) for part in _parts(subject))


def _with_code(program: Program) -> Iterator[Any]:
    yield from program.protocols.values()
    yield from program.actors.values()
    yield from program.services.values()


def _names(declaration: Any) -> tuple[str, ...]:
    """What a declaration may be looked for by: its name, and those of its functions or messages."""
    if isinstance(declaration, s.ChannelDecl):
        return ()
    inside = (*getattr(declaration, "members", ()), *getattr(declaration, "functions", ()))
    functions = (one.name.text for one in inside if isinstance(one, s.Function))
    messages = (name.text for name in getattr(declaration, "messages", ()))
    return tuple(dict.fromkeys((declaration.name.text, *functions, *messages)))


def _facts(declaration: Any) -> _Facts:
    every = [one for block in blocks_of(declaration) for one in statements(block)]
    steps = frozenset(one.name.text for one in every if isinstance(one, s.Step))
    failures = (one if isinstance(one, s.Fail) else one.failure for one in every if isinstance(one, s.Fail | s.Require))
    codes = frozenset(failure.code.text for failure in failures)
    loses = any(isinstance(one, s.Message) and one.asynchronous and one.lossy for one in every)
    return _Facts(" ".join(_outline(declaration)), steps, codes, loses)


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
