"""What the lints look at, declaration by declaration: made once for each, and put together for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from .. import syntax as s
from ..memory import Memory
from ..program import Program, declarations
from ..walk import walk


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one declaration: how often each name occurs, what is sent to whom, what is assigned, what is read.

    `sends` has the actor's name, or "" where a parameter stands for the receiver. `assigned` are the names of
    variables and fields that some statement writes; `read` those that occur anywhere else.
    """

    words: Counter[str]
    sends: frozenset[tuple[str, str]]
    assigned: frozenset[str]
    read: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """A program with the facts of all its declarations."""

    program: Program
    declarations: tuple[Any, ...]
    words: Counter[str]
    settings: Counter[str]
    sends: frozenset[tuple[str, str]]
    assigned: frozenset[str]
    read: frozenset[str]
    memory: Memory = field(compare=False)

    def own(self, span: Span) -> bool:
        """Whether a place is in the spec's own file, not in a module that it uses."""
        return self.program.own(span)


def base(file: str) -> str:
    """The file that a place is in, where a session has read its declarations one by one."""
    return file.partition("\0")[0]


def facts_of(program: Program, memory: Memory) -> Known:
    words: Counter[str] = Counter()
    settings: Counter[str] = Counter()
    every = (*declarations(program), *program.expectations)
    found = []
    for one in every:
        facts = memory.fact("lint", one, _facts)
        found.append(facts)
        (settings if isinstance(one, s.ScopeDecl | s.ScenarioDecl) else words).update(facts.words)
    return Known(
        program,
        every,
        words,
        settings,
        frozenset[tuple[str, str]]().union(*(one.sends for one in found)),
        frozenset[str]().union(*(one.assigned for one in found)),
        frozenset[str]().union(*(one.read for one in found)),
        memory,
    )


def _facts(declaration: Any) -> Facts:
    words: Counter[str] = Counter()
    sends: set[tuple[str, str]] = set()
    assigned: set[str] = set()
    targets: Counter[str] = Counter()
    for node in walk(declaration):
        match node:
            case s.Name(text):
                words[text] += 1
            case s.NameRef(name):
                words[name] += 1
            case s.Message(receiver=receiver, name=message):
                sends.add((_root(receiver), message.text))
            case s.Assign(target=target):
                targets[_last(target)] += 1
                assigned.update(_path(target))
            case s.Perform(target=target):
                assigned.update(_path(target))
            case s.Instance(arguments=given):
                # The service may assign a variable that it is given.
                assigned.update(name for argument in given for name in _path(argument.value))
    declared = Counter(_declared(declaration))
    read = frozenset(word for word, times in words.items() if times > targets[word] + declared[word])
    return Facts(words, frozenset(sends), frozenset(assigned), read)


def _declared(declaration: Any) -> Iterator[str]:
    """Names that are written only because they are declared here."""
    name = getattr(declaration, "name", None)
    if isinstance(name, s.Name) and not isinstance(declaration, s.ScopeDecl | s.ScenarioDecl):
        yield name.text
    members = (*getattr(declaration, "members", ()), *getattr(declaration, "variables", ()))
    for member in (*members, *getattr(declaration, "functions", ()), *getattr(declaration, "operations", ())):
        own = getattr(member, "name", None)
        if isinstance(own, s.Name):
            yield own.text


def _root(written: s.Expr) -> str:
    """The actor that a receiver names; "" if it is a parameter's or variable's name (it begins in lower case)."""
    while isinstance(written, s.Index | s.Member):
        written = written.target
    return written.name if isinstance(written, s.NameRef) else ""


def _last(target: s.Expr) -> str:
    """The variable or field that is assigned."""
    while isinstance(target, s.Index):
        target = target.target
    return target.name.text if isinstance(target, s.Member) else getattr(target, "name", "")


def _path(target: s.Expr) -> Iterator[str]:
    """Every name on the way to what is assigned."""
    while isinstance(target, s.Index | s.Member):
        if isinstance(target, s.Member):
            yield target.name.text
        target = target.target
    if isinstance(target, s.NameRef):
        yield target.name
