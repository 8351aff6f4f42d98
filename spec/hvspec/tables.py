"""The parser's tables, built once and shipped as data: building them from the grammar takes longer than most checks.

`python -m hvspec.tables` (`make tables`) writes them anew; a test fails while they are not those of the grammar.
Tables of another grammar or another Lark are not used: the parser is then built on the spot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule, Terminal
from lark.lexer import PatternStr, TerminalDef
from lark.parsers.lalr_analysis import Shift

from .restored import OPTIONS, restore
from .shipped import FOLDER

FILE = "grammar.tables.json"


@cache
def grammar() -> str:
    return (FOLDER / "grammar.lark").read_text(encoding="utf-8")


def build() -> Lark:
    """The parser, from the grammar."""
    return Lark(grammar(), **OPTIONS)


@cache
def parser() -> Lark:
    """The parser, from the shipped tables if they are this grammar's and this Lark's."""
    shipped = FOLDER / FILE
    if shipped.is_file():
        tables = json.loads(shipped.read_text(encoding="utf-8"))
        if tables.get("lark") == lark.__version__ and tables.get("grammar") == _digest():
            return restore(tables)
    return build()


def _digest() -> str:
    return sha256(grammar().encode()).hexdigest()


def tables_of(built: Lark) -> dict[str, Any]:
    """The tables as plain data, the same for the same grammar: states are numbered as they are met from the start.

    Terminals are in the order in which Lark tries them. A state is pairs: a token and what it does there.
    """
    front: Any = built.parser
    table = front.parser._parse_table
    rules = sorted(built.rules, key=_rule_key)
    number = {rule: index for index, rule in enumerate(rules)}
    order = list(_states_from(table.states, table.start_states["start"]))
    place = {state: index for index, state in enumerate(order)}
    ends = {key: place[state] for key, state in table.end_states.items()}

    def action(found: tuple[object, Any]) -> int:
        return place[found[1]] if found[0] is Shift else -1 - number[found[1]]

    def row(actions: Mapping[str, tuple[object, Any]]) -> str:
        return " ".join(f"{column[token]} {action(actions[token])}" for token in sorted(actions))

    tokens = sorted({token for state in order for token in table.states[state]})
    column = {token: index for index, token in enumerate(tokens)}
    return {
        "lark": lark.__version__,
        "grammar": _digest(),
        "terminals": [_terminal_data(one) for one in front.lexer.root_lexer.terminals],
        "ignore": sorted(front.lexer_conf.ignore),
        "rules": [_rule_data(rule) for rule in rules],
        "ends": ends,
        "tokens": tokens,
        "states": [row(table.states[state]) for state in order],
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
        if key in ("terminals", "rules", "states"):
            lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in value)
            parts.append(f"{json.dumps(key)}: [\n{lines}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    """Write the tables of the grammar beside it."""
    target = FOLDER / FILE
    target.write_text(text_of(tables_of(build())), encoding="utf-8")
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
