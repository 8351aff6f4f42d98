"""A Lark parser from its tables. What belongs to a state or to a rule is made when it is first needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lark import Lark, Tree
from lark.common import LexerConf, ParserConf
from lark.grammar import NonTerminal, Rule, RuleOptions, Symbol, Terminal
from lark.lark import LarkOptions
from lark.lexer import PatternRE, PatternStr, TerminalDef
from lark.parse_tree_builder import ParseTreeBuilder
from lark.parser_frontends import ParsingFrontend
from lark.parsers.lalr_analysis import IntParseTable, Reduce, Shift
from lark.parsers.lalr_parser import LALR_Parser, _Parser

from .late import Late
from .lexer import Lexer

OPTIONS: Mapping[str, Any] = MappingProxyType(
    {"parser": "lalr", "lexer": "contextual", "propagate_positions": True, "maybe_placeholders": True}
)


def restore(tables: Mapping[str, Any]) -> Lark:
    """The parser that the tables were taken from (`hvspec.tables` writes them); it parses, and cannot be saved."""
    states = _states(tables)
    callbacks: Any = Late(_callback)
    plugins = {"ContextualLexer": lambda conf, _states, always_accept: Lexer(conf, states, always_accept)}
    found = Lark.__new__(Lark)
    found.options = LarkOptions({**OPTIONS, "_plugins": plugins})
    found.terminals, found.source_path = [_terminal(one) for one in tables["terminals"]], "<tables>"
    found.lexer_conf = LexerConf(found.terminals, re, tables["ignore"], skip_validation=True)
    found.lexer_conf.lexer_type = "contextual"
    conf = ParserConf([], callbacks, found.options.start)
    conf.parser_type = "lalr"
    lalr: Any = LALR_Parser.__new__(LALR_Parser)
    table: Any = IntParseTable
    lalr._parse_table = table(states, {"start": 0}, tables["ends"])
    lalr.parser = _Parser(lalr._parse_table, callbacks, False)
    found.parser = ParsingFrontend(found.lexer_conf, conf, found.options, parser=lalr)
    return found


def _states(tables: Mapping[str, Any]) -> Late[int, dict[str, tuple[Any, Any]]]:
    tokens, rows = tables["tokens"], tables["states"]
    symbols = Late[tuple[Any, ...], Symbol](_symbol)
    rules = Late[int, Rule](lambda index: _rule(tables["rules"][index], symbols))

    def state(index: int) -> dict[str, tuple[Any, Any]]:
        row = [int(part) for part in rows[index].split()]
        return {
            tokens[token]: (Shift, action) if action >= 0 else (Reduce, rules[-1 - action])
            for token, action in zip(row[::2], row[1::2], strict=True)
        }

    return Late(state)


def _callback(rule: Rule) -> Any:
    """What makes a tree of the parts of a rule."""
    make: Any = ParseTreeBuilder
    builder = make([rule], Tree, OPTIONS["propagate_positions"], False, OPTIONS["maybe_placeholders"])
    return builder.create_callback()[rule]


def _terminal(data: list[Any]) -> TerminalDef:
    name, kind, value, flags, priority = data
    return TerminalDef(name, (PatternStr if kind == "str" else PatternRE)(value, frozenset(flags)), priority)


def _rule(data: list[Any], symbols: Mapping[tuple[Any, ...], Symbol]) -> Rule:
    origin, expansion, order, alias, (keep, expand, priority, empty, length) = data
    indices = tuple(index in empty for index in range(length))
    options = RuleOptions(keep, expand, priority, None, indices)
    return Rule(NonTerminal(origin), [symbols[tuple(one)] for one in expansion], order, alias, options)


def _symbol(data: tuple[Any, ...]) -> Symbol:
    return Terminal(*data) if len(data) > 1 else NonTerminal(data[0])
