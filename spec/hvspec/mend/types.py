"""Fixes of values and types: indices, ranges, options, arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hvmodel.source import Span

from .. import syntax as s
from ..diagnostic import Diagnostic, Fix
from ..labels import inner_blocks
from ..text import between, end_of, start_of
from .context import Context, claimed, fix

if TYPE_CHECKING:
    from .propose import Proposal


def _swapped_range(one: Diagnostic, context: Context) -> Fix | None:
    found = re.fullmatch(r"int\s+(\d+)\s*\.\.\s*(\d+)", context.written(one.span))
    return fix("put the smaller number first", (one.span, f"int {found[2]}..{found[1]}")) if found else None


def _no_option(one: Diagnostic, context: Context) -> Fix | None:
    written = context.written(one.span)
    return fix("leave out the `?`", (one.span, written[:-1].rstrip())) if written.endswith("?") else None


def default_text(type_: str, context: Context) -> str:
    """A value of a type, as written; "" if none is known."""
    program = context.program
    if type_ == "bool":
        return "false"
    if type_ in program.enums and program.enums[type_].values:
        return program.enums[type_].values[0]
    number = re.match(r"int (-?\d+)\.\.", type_)
    if number:
        return number[1]
    return next((name for name, (sort, _) in program.constants.items() if sort.name == type_), "")


def _not_none(one: Diagnostic, context: Context) -> Fix | None:
    value = default_text(one.expected, context)
    return fix(f"give it a value, such as `{value}`", (one.span, value)) if value else None


def _other_type(one: Diagnostic, context: Context) -> Fix | None:
    assignment = context.exactly(one.span, s.Assign)
    if assignment is not None and one.expected.startswith("map["):
        return _cell(one, assignment, context)
    written = context.written(one.span)
    if one.expected == "bool" and one.found.endswith("?") and written:
        return fix("ask whether there is one", (end_of(one.span), " != none"))
    if one.expected == "bool" and written in ("0", "1"):
        truth = "true" if written == "1" else "false"
        return fix(f"write `{truth}`", (one.span, truth))
    if one.expected.startswith("int ") and written in ("true", "false"):
        number = "1" if written == "true" else "0"
        return fix(f"write {number}", (one.span, number))
    value = default_text(one.expected, context)
    literal = context.exactly(one.span, s.Constant) is not None or written in context.program.enum_values
    literal = literal or written in context.program.constants
    return fix(f"give it a value of its type, such as `{value}`", (one.span, value)) if value and literal else None


def _cell(one: Diagnostic, assignment: s.Assign, context: Context) -> Fix | None:
    """A whole map is assigned what one cell of it may hold: the index is missing."""
    target = assignment.target.span
    indices = index_text(one.expected, target, context)
    if indices and isinstance(assignment.target, s.Index):
        inside = Span(target.file, target.end_line, target.end_column - 1, target.end_line, target.end_column - 1)
        return fix(f"give the index: {indices}", (inside, f", {indices[1:-1]}"))
    if indices:
        return fix(f"give the index: {indices}", (end_of(target), indices))
    return _for_every(one, target, context)


def _maybe_none(one: Diagnostic, context: Context) -> Fix | None:
    """Guard what may be none: a claim by `implies`, a statement by `if`; at a boundary no guard lasts."""
    written = context.written(one.span)
    claim = context.innermost(one.span, s.PropertyDecl)
    if claim is not None:
        inside = [node for node in context.around(one.span) if isinstance(node, s.Quantified)]
        body = inside[-1].body if inside else claim.expression
        if body is None or claim.trigger is not None:
            return None
        start, end = (start_of(body.span), f"{written} != none implies ("), (end_of(body.span), ")")
        return fix("say it of what is there", start, end)
    statement = innermost_statement(one.span, context)
    if not written or statement is None or isinstance(statement, s.Message | s.Step | s.Await | s.Choose | s.Let):
        return None
    if isinstance(statement, s.Each | s.All | s.If | s.Within | s.Try):
        return None
    return fix(
        "do it only where there is one",
        (start_of(statement.span), f"if {written} != none {{ "),
        (end_of(statement.span), " }"),
    )


def innermost_statement(span: Span, context: Context) -> Any:
    """The smallest statement that a place lies in; None outside of blocks."""
    found = None
    for node in context.around(span):
        blocks = (node.body,) if isinstance(getattr(node, "body", None), s.Block) else ()
        for block in (*blocks, *inner_blocks(node)):
            found = next((one for one in block.statements if one in context.around(span)), found)
    return found


def _braces(one: Diagnostic, context: Context) -> Fix | None:
    if not one.expected.startswith("{") or context.exactly(one.span, s.SetLiteral) is not None:
        return None
    return fix("make it a set", (start_of(one.span), "{ "), (end_of(one.span), " }"))


def _no_index(one: Diagnostic, context: Context) -> Fix | None:
    keep = int(one.expected) if one.expected.isdigit() else 0
    asked, found = context.exactly(one.span, s.Call), context.exactly(one.span, s.Index)
    if asked is not None and keep + 1 < len(asked.arguments):  # at(Step, i, ...)
        return fix("leave the last out", (between(asked.arguments[keep].span, end_of(asked.arguments[-1].span)), ""))
    if found is None:
        return None
    if not keep:
        return fix("leave the index out", (between(found.target.span, end_of(found.span)), ""))
    extra = between(found.indices[keep - 1].span, end_of(found.indices[-1].span))
    return fix("leave the last out", (extra, "")) if keep < len(found.indices) else None


def index_text(expected: str, span: Span, context: Context) -> str:
    """`[vm, d]` for an expected `[VM, DISK]`, from the names bound around a place; "" if one is lacking."""
    found = re.search(r"\[([A-Za-z0-9_, ]+)\]", expected)
    if found is None:
        return ""
    bound = context.names_of(span)
    chosen: list[str] = []
    for wanted in found[1].split(", "):
        names = [name for name, of in bound.items() if of == wanted and name not in chosen]
        if not names:
            return ""
        chosen.append(names[-1])
    return f"[{', '.join(chosen)}]"


def _index(one: Diagnostic, context: Context) -> Fix | None:
    place = context.exactly(one.span, s.Member)
    target = one.span if place is None else place.target.span
    indices = index_text(one.expected, one.span, context)
    if indices:
        return fix(f"give the index: {indices}", (end_of(target), indices))
    return _for_every(one, target, context)


def _for_every(one: Diagnostic, target: Span, context: Context) -> Fix | None:
    """Where no index is at hand: say it of all, or do it for each."""
    found = re.search(r"\[([A-Za-z0-9_]+)\]", one.expected)
    if found is None or found[1] not in {**context.program.sorts, **context.program.enums}:
        return None
    name = _unused_name(found[1], one.span, context)
    claim = claimed(one.span, context)
    if claim is not None:
        start, word = claim
        return fix(f"say it of {word} of them", (start, f"{word} {name}: {found[1]} . "), (end_of(target), f"[{name}]"))
    statement = innermost_statement(one.span, context)
    plain = any(isinstance(node, s.EnvironmentDecl | s.Operation | s.All) for node in context.around(one.span))
    if statement is None or isinstance(statement, s.Let) or (plain and not isinstance(statement, s.Assign)):
        return None
    if isinstance(statement, s.Assign) and target != statement.target.span:
        return None
    word = "each" if isinstance(statement, s.Message | s.Step) else "all"
    return fix(
        f"do it for {'each' if word == 'each' else 'all'} of them",
        (start_of(statement.span), f"{word} {name} in {found[1]} {{ "),
        (end_of(target), f"[{name}]"),
        (end_of(statement.span), " }"),
    )


def _unused_name(of: str, span: Span, context: Context) -> str:
    taken = {*context.program.declared, *context.names_of(span)}
    name = of.lower() if of.lower() != of else f"{of}_"
    name = name[:1] if len(name) > 3 and name[:1] not in taken else name
    while name in taken:
        name += "_"
    return name


def _no_member(one: Diagnostic, context: Context) -> Fix | None:
    found = context.exactly(one.span, s.Member)
    return fix("leave it out", (between(found.target.span, end_of(found.span)), "")) if found else None


def _no_ghost(one: Diagnostic, context: Context) -> Fix | None:
    """What the protocol reads is a variable of its own, not a ghost."""
    name = (re.match(r"`([\w.]+)`", one.message) or ["", ""])[1]
    owner, _, member = name.rpartition(".")
    declared = context.program.variables.get(name)
    if declared is None and owner in context.program.actors:
        members = context.program.actors[owner].members
        own = [m for m in members if isinstance(m, s.VariableDecl) and m.name.text == member]
        declared = own[0] if own else None
    if declared is None or not declared.ghost:
        return None
    word = Span(
        declared.span.file, declared.span.line, declared.span.column, declared.span.line, declared.span.column + 5
    )
    return fix("make it a `var`, which costs states", (word, "var")) if context.written(word) == "ghost" else None


def _no_call(one: Diagnostic, context: Context) -> Fix | None:
    found = context.exactly(one.span, s.Call)
    return fix("leave out the parentheses", (between(found.target.span, end_of(found.span)), "")) if found else None


def _fewer_arguments(one: Diagnostic, context: Context) -> Fix | None:
    kinds: tuple[type, ...] = (s.Call, s.Message, s.Perform)
    for kind in kinds:
        found = context.exactly(one.span, kind)
        if found is not None and one.expected.isdigit():
            return _cut(found.arguments, int(one.expected), kind is s.Perform, context)
    return None


def _cut(given: tuple[Any, ...], keep: int, keep_brackets: bool, context: Context) -> Fix | None:
    if len(given) <= keep:
        return None
    if keep:
        return fix("leave the last out", (between(given[keep - 1].span, end_of(given[-1].span)), ""))
    if keep_brackets:
        return fix("leave them out", (given[0].span.to(given[-1].span), ""))
    text = context.text(given[0].span.file)
    start, end = text.range(given[0].span)[0], text.range(given[-1].span)[1]
    before, after = text.whole[:start].rstrip(), text.whole[end:]
    if not before.endswith("(") or not after.lstrip().startswith(")"):
        return None
    whole = text.span(given[0].span.file, len(before) - 1, end + len(after) - len(after.lstrip()) + 1)
    return fix("leave them out", (whole, ""))


def _no_order(one: Diagnostic, context: Context) -> Fix | None:
    """A sort or enum has no order: its values are equal or not."""
    found = context.innermost(one.span, s.Operator)
    if found is None or found.name not in ("<", "<=", ">", ">=") or len(found.operands) != 2:
        return None
    sign = between(found.operands[0].span, found.operands[1].span)
    equal = "==" if "=" in found.name else "!="
    written = context.written(sign)
    if written.strip() != found.name:
        return None
    return fix("values without an order are equal or not", (sign, written.replace(found.name, equal)))


def _initial(one: Diagnostic, context: Context) -> Fix | None:
    variable = context.innermost(one.span, s.VariableDecl)
    if variable is None:
        return None
    value = default_text(context.written(variable.type.span), context)
    return fix(f"start with `{value}`", (one.span, value)) if value else None


def _within(one: Diagnostic, _: Context) -> Fix | None:
    """The nearest number that fits."""
    bounds = re.search(r"(-?\d+)(?:\.\.| to )(-?\d+)", one.expected)
    if bounds is None or not re.fullmatch(r"-?\d+", one.found):
        return None
    nearest = min(max(int(one.found[:18]), int(bounds[1])), int(bounds[2]))
    return fix(f"the nearest is {nearest}", (one.span, str(nearest)))


PROPOSALS: Mapping[str, Proposal] = MappingProxyType(
    {
        "HV201": _swapped_range,
        "HV203": _no_option,
        "HV210": _not_none,
        "HV211": _other_type,
        "HV212": _maybe_none,
        "HV213": _braces,
        "HV214": _no_index,
        "HV215": _no_index,
        "HV217": _index,
        "HV218": _no_member,
        "HV220": _no_ghost,
        "HV221": _no_call,
        "HV222": _fewer_arguments,
        "HV224": _no_order,
        "HV229": _initial,
        "HV230": _within,
    }
)
