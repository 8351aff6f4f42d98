"""Options that several commands share, and the values they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from hvcheck.reduce.choice import DEFAULT, REDUCTIONS, Reduction
from hvspec.spec import Setting

_Command = TypeVar("_Command", bound=Callable[..., Any])

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\Z", re.IGNORECASE)
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


class SettingType(click.ParamType[tuple[str, Setting]]):
    """`name=value`: true, false, a whole number, or the name of an enumeration's value."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Setting]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip() or not text.strip():
            self.fail(f"{value!r} is not NAME=VALUE, as in rollback=false", param, ctx)
        return name.strip(), parse_setting(text.strip())


class MemoryType(click.ParamType[int]):
    """An amount of memory, in bytes: `4GB`, `512M`, `1000000`."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _SIZE.match(str(value).strip())
        if not found:
            self.fail(f"{value!r} is not an amount of memory, as in 4GB or 512M", param, ctx)
        return int(float(found[1]) * _UNITS[found[2].lower()])


class ReductionsType(click.ParamType[tuple[Reduction, ...]]):
    """`none`, or names with commas between them."""

    name = "NAMES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Reduction, ...]:
        if isinstance(value, tuple):
            return value
        asked = [] if str(value).strip() == "none" else [name.strip() for name in str(value).split(",")]
        for name in asked:
            if name not in REDUCTIONS:
                self.fail(f"{name!r} is no reduction; there are {', '.join(REDUCTIONS)}, and none", param, ctx)
        return tuple(name for name in REDUCTIONS if name in asked)


def parse_setting(text: str) -> Setting:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def settings_option(command: _Command) -> _Command:
    return click.option(
        "--set",
        "settings",
        multiple=True,
        type=SettingType(),
        help="Change a parameter, a budget or a sort's size on top of the scenario, as in --set rollback=false"
        " --set VM=3. Repeatable. `hvcheck eras NAME` lists them.",
    )(command)


def reductions_option(command: _Command) -> _Command:
    return click.option(
        "--reductions",
        type=ReductionsType(),
        default=DEFAULT,
        help="How the explicit engine may leave out what cannot change a verdict: "
        f"{', '.join(REDUCTIONS)}, with commas between, or none for exact counts. Default: {','.join(DEFAULT)}.",
    )(command)


def ascii_option(command: _Command) -> _Command:
    return click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters only.")(command)


def width_option(command: _Command) -> _Command:
    return click.option(
        "--width",
        type=click.IntRange(min=20),
        help="Columns to draw in (default: the terminal's; 120 in a pipe). Below 72 charts become lists.",
    )(command)


def json_option(command: _Command) -> _Command:
    return click.option("--json", "as_json", is_flag=True, help="Print everything as JSON and nothing else.")(command)
