"""Names in charts and explanations as a spec's author knows them: `GuestVss[vm0]`, `taken[vm0, disk1]`, `zero`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hvmodel.expression import Expression, show_value
from hvmodel.semantics import Bindings, evaluate
from hvmodel.state import Layout, State
from hvmodel.system import Function, Reference, System
from hvmodel.types import Option, Type, Value

_NUMBER = re.compile(r"#\d+$")


def value_name(system: System, value: Value, type_: Type) -> str:
    """A value by the constant's name if the spec names it, else as `data1`, `true`, `none`."""
    inner = type_.of if isinstance(type_, Option) and value is not None else type_
    for constant in system.constants:
        if constant.type == inner and constant.value == value and constant.name:
            return constant.name
    return show_value(value, type_)


def bracketed(parts: Iterable[str]) -> str:
    inner = ", ".join(parts)
    return f"[{inner}]" if inner else ""


def called(name: str, parts: Iterable[str]) -> str:
    inner = ", ".join(parts)
    return f"{name}({inner})" if inner else name


def function_name(function: Function, arguments: tuple[str, ...] = ()) -> str:
    """A cell as the language writes it: `taken.now[vm0]`, `up(guest[vm0])`, `failed(Backup)`; a thread by its name."""
    word, _, rest = function.name.partition(".")
    match function.role:
        case "place" | "outcome" if rest:
            return f"{word}({rest}{bracketed(arguments)})"
        case "control":
            return function.name.removeprefix("pc.") + bracketed(arguments)
        case "channel" if word == "flight":
            return f"in flight {rest}{bracketed(arguments)}"
    return function.name + bracketed(arguments)


def plain_location(name: str) -> str:
    """A location by its word in the text, without the number that tells it from others of that word."""
    return _NUMBER.sub("", name)


def cell_name(system: System, function: Function, arguments: tuple[Value, ...]) -> str:
    """One cell of the state: `taken.now[vm0, disk1]`."""
    return function_name(
        function,
        tuple(value_name(system, value, type_) for value, type_ in zip(arguments, function.domain, strict=True)),
    )


def expression_value(expression: Expression, layout: Layout, state: State, bindings: Bindings) -> str:
    """The name of an expression's value in a state."""
    return value_name(layout.system, evaluate(expression, layout, state, bindings), expression.type)


def reference_name(reference: Reference, layout: Layout, state: State, bindings: Bindings) -> str:
    """An actor with its indices evaluated in a state: `Ic[vm1]`."""
    return reference.name + bracketed(expression_value(index, layout, state, bindings) for index in reference.indices)
