"""Lark's contextual lexer: it finds the same tokens and is ready sooner.

For every context of the parser Lark compiles an expression of all terminals that may stand there, which takes longer
than reading a spec does. Here each pattern is compiled once, and fixed texts are compared. A test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from lark import Token
from lark.common import LexerConf
from lark.lexer import BasicLexer, ContextualLexer, PatternStr, TerminalDef

from hvmodel.dataclass import dataclass

from .late import Late

Matcher: TypeAlias = Callable[[str, int, int], re.Match[str] | None]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What all contexts share: the terminals in the order in which they are tried, and what is ignored.

    `matchers` are those of the patterns; `words` has for each pattern the fixed texts that it would take whole, and
    their terminals: `all` is not a name where both may stand.
    """

    terminals: Sequence[TerminalDef]
    ignored: frozenset[str]
    matchers: Mapping[str, Matcher]
    words: Mapping[str, Mapping[str, TerminalDef]]


class Lexer(ContextualLexer):
    """Makes the lexer of a context when it is first met. The terminals are given in the order of Lark's own lexer."""

    def __init__(self, conf: LexerConf, states: Mapping[int, Collection[str]], always: Collection[str] = ()) -> None:
        vocabulary = vocabulary_of(conf)
        context = Late[frozenset[str], Context](lambda names: Context(vocabulary, names))
        everywhere = vocabulary.ignored | frozenset(always)
        self.root_lexer = context[frozenset(one.name for one in vocabulary.terminals)]
        self.lexers = Late(lambda state: context[everywhere.union(states[state])])


def vocabulary_of(conf: LexerConf) -> Vocabulary:
    patterns = [one for one in conf.terminals if not is_fixed(one)]
    fixed = [one for one in conf.terminals if is_fixed(one)]
    matchers = {one.name: re.compile(one.pattern.to_regexp()).match for one in patterns}
    words = {
        one.name: {text.pattern.value: text for text in fixed if _takes(matchers[one.name], one, text)}
        for one in patterns
    }
    return Vocabulary(tuple(conf.terminals), frozenset(conf.ignore), matchers, words)


def is_fixed(terminal: TerminalDef) -> bool:
    return isinstance(terminal.pattern, PatternStr) and not terminal.pattern.flags


def _takes(matcher: Matcher, pattern: TerminalDef, fixed: TerminalDef) -> bool:
    text = fixed.pattern.value
    found = matcher(text, 0, len(text)) if pattern.priority == fixed.priority else None
    return found is not None and found.end() == len(text)


class Context(BasicLexer):
    """The lexer of the places where the same terminals may stand."""

    def __init__(self, vocabulary: Vocabulary, names: frozenset[str]) -> None:
        self.terminals = [one for one in vocabulary.terminals if one.name in names]
        self.terminals_by_name = {one.name: one for one in vocabulary.terminals}
        self.ignore_types = vocabulary.ignored
        self.newline_types = frozenset(vocabulary.matchers)  # those in which line ends are looked for
        self.callback = {}
        taken: set[str] = set()
        for pattern, words in vocabulary.words.items():
            here = {text: one.name for text, one in words.items() if one.name in names}
            if pattern in names and here:
                self.callback[pattern] = _Reworded(here)
                taken.update(here.values())
        tried = [one for one in self.terminals if one.name not in taken]
        self._scanner: Any = Scanner(tried, vocabulary.matchers)


@dataclass(frozen=True, slots=True)
class _Reworded:
    """Gives a token that is one of the words its word's type."""

    types: Mapping[str, str]

    def __call__(self, token: Token) -> Token:
        token.type = self.types.get(token.value, token.type)
        return token


class Scanner:
    """Tries terminals in their order at a place of a text."""

    def __init__(self, terminals: Sequence[TerminalDef], matchers: Mapping[str, Matcher]) -> None:
        self.allowed_types = {one.name for one in terminals}
        self._tried = [(one.name, one.pattern.value, matchers.get(one.name)) for one in terminals]
        self._beginning = Late(self._may_begin)

    def _may_begin(self, character: str) -> list[tuple[str, str, Matcher | None]]:
        return [one for one in self._tried if one[2] is not None or one[1].startswith(character)]

    def match(self, text: Any, at: int) -> tuple[str, str] | None:
        """What stands there of Lark's slice of a text, and the terminal that it is."""
        whole, end = text.text, text.end
        for name, value, matcher in self._beginning[whole[at]]:
            if matcher is None:
                if whole.startswith(value, at, end):
                    return value, name
            elif (found := matcher(whole, at, end)) is not None:
                return found.group(), name
        return None
