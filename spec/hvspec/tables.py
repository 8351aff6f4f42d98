"""The parser's tables, built once and shipped as data: building them from the grammar takes longer than most checks.

`python -m hvspec.tables` (`make tables`) writes them anew; a test fails while they are not those of the grammar.
Tables of another grammar or another Lark are not used: the parser is then built on the spot.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import lark
from lark import Lark
from lark.common import LexerConf, ParserConf
from lark.grammar import NonTerminal, Rule, RuleOptions, Symbol, Terminal
from lark.lark import LarkOptions
from lark.lexer import BasicLexer, ContextualLexer, PatternRE, PatternStr, TerminalDef
from lark.parser_frontends import ParsingFrontend
from lark.parsers.lalr_analysis import IntParseTable, Reduce, Shift
from lark.parsers.lalr_parser import LALR_Parser, _Parser

FILE = "grammar.tables.json"
_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {"parser": "lalr", "lexer": "contextual", "propagate_positions": True, "maybe_placeholders": True}
)


@cache
def grammar() -> str:
    return files("hvspec").joinpath("grammar.lark").read_text(encoding="utf-8")


def build() -> Lark:
    """The parser, from the grammar."""
    return Lark(grammar(), **_OPTIONS)


@cache
def parser() -> Lark:
    """The parser, from the shipped tables if they are this grammar's and this Lark's."""
    shipped = files("hvspec").joinpath(FILE)
    if shipped.is_file():
        tables = json.loads(shipped.read_text(encoding="utf-8"))
        if tables.get("lark") == lark.__version__ and tables.get("grammar") == _digest():
            return restore(tables)
    return build()


def _digest() -> str:
    return sha256(grammar().encode()).hexdigest()


# ---------------------------------------------------------------- writing
def tables_of(built: Lark) -> dict[str, Any]:
    """The tables as plain data, the same for the same grammar: states are numbered as they are met from the start."""
    front: Any = built.parser
    table = front.parser._parse_table
    rules = sorted(built.rules, key=_rule_key)
    number = {rule: index for index, rule in enumerate(rules)}
    order = list(_states_from(table.states, table.start_states["start"]))
    place = {state: index for index, state in enumerate(order)}
    ends = {key: place[state] for key, state in table.end_states.items()}

    def action(found: tuple[object, Any]) -> int:
        return place[found[1]] if found[0] is Shift else -1 - number[found[1]]

    def row(actions: Mapping[str, tuple[object, Any]]) -> list[int]:
        return [part for token in sorted(actions) for part in (column[token], action(actions[token]))]

    tokens = sorted({token for state in order for token in table.states[state]})
    column = {token: index for index, token in enumerate(tokens)}
    return {
        "lark": lark.__version__,
        "grammar": _digest(),
        "terminals": [_terminal_data(one) for one in sorted(built.terminals, key=lambda one: one.name)],
        "ignore": sorted(front.lexer_conf.ignore),
        "rules": [_rule_data(rule) for rule in rules],
        "ends": ends,
        "tokens": tokens,
        "states": [
            [
                part
                for token in sorted(table.states[state])
                for part in (column[token], action(table.states[state][token]))
            ]
            for state in order
        ],
    }


def _states_from(states: Mapping[int, Mapping[str, tuple[object, Any]]], start: int) -> Iterator[int]:
    seen, waiting = {start}, [start]
    while waiting:
        state = waiting.pop(0)
        yield state
        for token in sorted(states[state]):
            kind, target = states[state][token]
            if kind is Shift and target not in seen:
                seen.add(target)
                waiting.append(target)


def _rule_key(rule: Rule) -> str:
    return json.dumps(_rule_data(rule))


def _terminal_data(one: TerminalDef) -> list[Any]:
    kind = "str" if isinstance(one.pattern, PatternStr) else "re"
    return [one.name, kind, one.pattern.value, sorted(one.pattern.flags), one.priority]


def _rule_data(rule: Rule) -> list[Any]:
    options = rule.options
    symbols = [[s.name, s.filter_out] if isinstance(s, Terminal) else [s.name] for s in rule.expansion]
    empty = [index for index, is_empty in enumerate(options.empty_indices) if is_empty]
    flags = [options.keep_all_tokens, options.expand1, options.priority, empty, len(options.empty_indices)]
    return [rule.origin.name, symbols, rule.order, rule.alias, flags]


def text_of(tables: Mapping[str, Any]) -> str:
    """The tables as they stand in the file: one state, rule or terminal a line, so that a change can be read."""
    parts = []
    for key, value in tables.items():
        if isinstance(value, list) and value and isinstance(value[0], list):
            lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in value)
            parts.append(f"{json.dumps(key)}: [\n{lines}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


# ---------------------------------------------------------------- reading
def restore(tables: Mapping[str, Any]) -> Lark:
    """The parser that the tables were taken from."""
    terminals = [_terminal(one) for one in tables["terminals"]]
    symbols: dict[tuple[str, ...], Symbol] = {}
    rules = [_rule(one, symbols) for one in tables["rules"]]
    options = LarkOptions({**_OPTIONS, "_plugins": {"ContextualLexer": _LazyLexer}})
    found = Lark.__new__(Lark)
    found.options, found.rules, found.terminals, found.source_path = options, rules, terminals, "<tables>"
    found.lexer_conf = LexerConf(terminals, re, tables["ignore"], skip_validation=True)
    found.lexer_conf.lexer_type = "contextual"
    found._prepare_callbacks()
    found._terminals_dict = {one.name: one for one in terminals}
    conf = ParserConf(rules, found._callbacks, options.start)
    conf.parser_type = "lalr"
    lalr: Any = LALR_Parser.__new__(LALR_Parser)
    lalr.parser_conf = conf
    table: Any = IntParseTable
    lalr._parse_table = table(_states(tables, rules), {"start": 0}, tables["ends"])
    lalr.parser = _Parser(lalr._parse_table, found._callbacks, False)
    found.parser = ParsingFrontend(found.lexer_conf, conf, options, parser=lalr)
    return found


def _states(tables: Mapping[str, Any], rules: list[Rule]) -> dict[int, dict[str, tuple[Any, Any]]]:
    tokens = tables["tokens"]
    reductions = [(Reduce, rule) for rule in rules]
    shifts = [(Shift, index) for index in range(len(tables["states"]))]
    return {
        state: {
            tokens[token]: shifts[action] if action >= 0 else reductions[-1 - action]
            for token, action in zip(row[::2], row[1::2], strict=True)
        }
        for state, row in enumerate(tables["states"])
    }


def _terminal(data: list[Any]) -> TerminalDef:
    name, kind, value, flags, priority = data
    return TerminalDef(name, (PatternStr if kind == "str" else PatternRE)(value, frozenset(flags)), priority)


def _rule(data: list[Any], known: dict[tuple[str, ...], Symbol]) -> Rule:
    origin, expansion, order, alias, (keep, expand, priority, empty, length) = data
    symbols = [_symbol(tuple(one), known) for one in expansion]
    indices = tuple(index in empty for index in range(length))
    options = RuleOptions(keep, expand, priority, None, indices)
    return Rule(NonTerminal(origin), symbols, order, alias, options)


def _symbol(data: tuple[Any, ...], known: dict[tuple[str, ...], Symbol]) -> Symbol:
    if data not in known:
        known[data] = Terminal(*data) if len(data) > 1 else NonTerminal(data[0])
    return known[data]


class _LazyLexer(ContextualLexer):
    """A contextual lexer whose scanner for a context is built when the context is first met."""

    def __init__(self, conf: LexerConf, states: dict[int, Any], always_accept: Any = ()) -> None:
        self.root_lexer = BasicLexer(conf)
        self.lexers = _Lexers(conf, states, always_accept)


class _Lexers(dict[int, Any]):
    def __init__(self, conf: LexerConf, states: dict[int, Any], always_accept: Any) -> None:
        super().__init__()
        self._conf, self._states = conf, states
        self._always = frozenset(conf.ignore) | frozenset(always_accept)
        self._same: dict[frozenset[str], BasicLexer] = {}

    def __missing__(self, state: int) -> BasicLexer:
        accepts = frozenset(self._states[state]) | self._always
        if accepts not in self._same:
            names = self._conf.terminals_by_name
            terminals = [names[name] for name in sorted(accepts) if name in names]
            self._same[accepts] = BasicLexer(
                LexerConf(terminals, re, self._conf.ignore, callbacks=self._conf.callbacks, skip_validation=True)
            )
        self[state] = self._same[accepts]
        return self._same[accepts]


def main() -> None:
    """Write the tables of the grammar beside it."""
    target = Path(__file__).with_name(FILE)
    target.write_text(text_of(tables_of(build())), encoding="utf-8")
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
