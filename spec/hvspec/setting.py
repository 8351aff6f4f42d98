"""Values of parameters as commands and scenarios give them, and the expressions that they stand for.

A bool and a number stand for themselves; a value of an enum and a fixed element of a sort go by their names, an absent
value by `none`.
"""

from __future__ import annotations

import re

from hvmodel.expression import Apply, Expression, Literal, just
from hvmodel.types import Bool, Enum, Int, Option, Sort, Type

from .program import Program
from .spec import Setting

NONE = "none"


def setting_of(expression: Expression) -> Setting | None:
    """The setting that an expression is; None if it is no fixed value."""
    match expression:
        case Literal(None):
            return NONE
        case Apply("just", (inside,)):
            return setting_of(inside)
        case Literal(_, Sort(), name):
            return name
        case Literal(bool() | int() | str() as value):
            return value
        case _:
            return None


def expression_of(program: Program, setting: Setting, type_: Type) -> Expression:
    """The value of the type that a setting stands for; the setting fits it."""
    match type_:
        case Option(of):
            return Literal(None, type_, NONE) if setting == NONE else just(expression_of(program, setting, of))
        case Sort():
            return Literal(program.constants[str(setting)][1], type_, str(setting))
        case _:
            return Literal(setting, type_, setting if isinstance(setting, str) else "")


def parsed(program: Program, text: str, type_: Type) -> Setting | None:
    """A setting as it is typed on a command line; None if it does not fit."""
    match type_:
        case Bool():
            return {"true": True, "false": False}.get(text.lower())
        case Int():
            return number(text)
        case Enum(_, values):
            return text if text in values else None
        case Sort():
            return text if program.constants.get(text, (None, 0))[0] == type_ else None
        case Option(of):
            return NONE if text == NONE else parsed(program, text, of)


def number(text: str) -> int | None:
    """A number of at most 18 digits; Python's own `int` takes more than that, and refuses some of it."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
