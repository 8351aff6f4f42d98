"""Fixes of scopes, scenarios and expectations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from .. import syntax as s
from ..diagnostic import Diagnostic, Fix
from .context import Context, fix
from .types import default_text

if TYPE_CHECKING:
    from .propose import Proposal


def _sizes(one: Diagnostic, context: Context) -> Fix | None:
    scope = context.exactly(one.span, s.ScopeDecl)
    if scope is None:
        return None
    given = {name.text for name, _ in scope.settings}
    missing = [f"{sort} = {_needed(sort, context)}" for sort in context.program.sorts if sort not in given]
    text = context.text(one.span.file)
    end = text.range(one.span)[1] - 1
    return fix("give the sizes", (text.span(one.span.file, end, end), "  ".join(missing) + " "))


def _needed(sort: str, context: Context) -> int:
    constants = sum(1 for of, _ in context.program.constants.values() if of.name == sort)
    return max(2, constants)


def _scope(_: Diagnostic, context: Context) -> Fix | None:
    """A scope at the end of the spec's own file."""
    program = context.program
    if not program.modules:
        return None
    file = program.modules[0].span.file
    text = context.text(file)
    end = len(text.whole.rstrip())
    sizes = "  ".join(f"{sort} = {_needed(sort, context)}" for sort in program.sorts)
    taken = next(name for name in ("small", "tiny", "scope_1") if name not in program.scopes)
    return fix("say how many there are", (text.span(file, end, end), f"\nscope {taken} {{ {sizes} }}"))


def _verdict(one: Diagnostic, context: Context) -> Fix | None:
    text = context.text(one.span.file)
    start, end = text.range(one.span)
    found = re.search(rf"\b{re.escape(one.found)}\b", text.whole[start:end]) if one.found else None
    if found is None:
        return None
    place = text.span(one.span.file, start + found.start(), start + found.end())
    return fix("expect that it holds", (place, "holds"))


def _number(one: Diagnostic, context: Context) -> Fix | None:
    """The number there, or behind the name, becomes the nearest that fits."""
    bounds = re.search(r"(-?\d+)(?:\.\.| to )(-?\d+)", one.expected)
    if bounds is None or not re.fullmatch(r"-?\d+", one.found):
        return None
    nearest = str(min(max(int(one.found[:18]), int(bounds[1])), int(bounds[2])))
    if context.written(one.span) == one.found:
        return fix(f"the nearest is {nearest}", (one.span, nearest))
    text = context.text(one.span.file)
    _, end = text.range(one.span)
    found = re.match(r"\s*=\s*(-?\d+)", text.whole[end:])
    if found is None:
        return None
    place = text.span(one.span.file, end + found.start(1), end + found.end(1))
    return fix(f"the nearest is {nearest}", (place, nearest))


def _budget_number(one: Diagnostic, context: Context) -> Fix | None:
    return fix("once", (one.span, "1")) if context.written(one.span) else None


def _fixed(one: Diagnostic, context: Context) -> Fix | None:
    value = default_text(one.expected, context)
    return fix(f"give a fixed value, such as `{value}`", (one.span, value)) if value else None


PROPOSALS: Mapping[str, Proposal] = MappingProxyType(
    {
        "HV501": _sizes,
        "HV502": _scope,
        "HV503": _verdict,
        "HV504": _number,
        "HV505": _budget_number,
        "HV506": _fixed,
        "HV507": _number,
    }
)
