"""Fixes of what happens: messages, failures, places, and what a `finally` or `env` may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from hvmodel.source import Span

from .. import syntax as s
from ..diagnostic import Diagnostic, Fix
from ..text import end_of, start_of
from .context import Context, fix
from .types import index_text

if TYPE_CHECKING:
    from .propose import Proposal


def _missing_index_of_all(one: Diagnostic, context: Context) -> Fix | None:
    """`all v in VM { x[] := ... }`: the cell gets the index that it lacks, if its map has one of that kind."""
    found = context.exactly(one.span, s.Assign)
    whole = context.innermost(one.span, s.All)
    if found is None or whole is None:
        return None
    names = re.sub(r"^an index by ", "", one.expected).split(", ")
    lacking = [domain for domain in whole.domains if domain.name.text in names]
    used = {domain.name.text for domain in whole.domains} - set(names)
    if used and len(lacking) == 1:
        text = context.text(one.span.file)
        at = whole.domains.index(lacking[0])
        start, end = text.range(lacking[0].name.span)[0], text.range(lacking[0].range.span)[1]
        start = text.range(whole.domains[at - 1].range.span)[1] if at else start
        end = end if at else text.range(whole.domains[1].name.span)[0]
        if not _mentions(whole, lacking[0].name.text, context):
            return fix(f"leave `{lacking[0].name}` out", (text.span(one.span.file, start, end), ""))
    if not used and len(whole.body.statements) == 1 and not _mentions(whole, names[0], context):
        return fix("assign it once", (whole.span, context.written(one.span)))
    return None


def _mentions(whole: s.All, name: str, context: Context) -> bool:
    return len(re.findall(rf"\b{re.escape(name)}\b", context.written(whole.span))) > 1


def _only_plain(one: Diagnostic, context: Context) -> Fix | None:
    """A `step` in an action that is one step already: its body is meant."""
    step = context.exactly(one.span, s.Step)
    update = context.innermost(one.span, s.All)
    if update is not None and context.exactly(one.span, s.Message) is not None:
        return fix("let each of them do it", (_prefix(update.span, len("all"), context), "each"))
    if step is None:
        return None
    inside = "" if step.body is None else context.written(step.body.span).strip()[1:-1].strip()
    return fix("what happens here is one step already", (one.span, inside))


def _after_finally(one: Diagnostic, context: Context) -> Fix | None:
    whole = context.innermost(one.span, s.Try)
    if whole is None or whole.finally_ is None:
        return None
    moved = (one.span, ""), (end_of(whole.span), f"\n{context.written(one.span)}")
    return fix("move it behind the `try`", *moved)


def _assignable(one: Diagnostic, context: Context) -> Fix | None:
    """A parameter that is assigned is a variable."""
    declared = context.program.parameters.get(context.written(one.span))
    if declared is None:
        return None
    start = declared.span
    word = Span(start.file, start.line, start.column, start.line, start.column + len("param"))
    edits: list[tuple[Span, str]] = [(word, "var")]
    if declared.title:
        edits.append((_behind(declared.default.span, start), ""))
    return fix("make it a `var`", *edits) if context.written(word) == "param" else None


def _behind(inner: Span, outer: Span) -> Span:
    """What stands in a span behind a span inside it."""
    return Span(outer.file, inner.end_line, inner.end_column, outer.end_line, outer.end_column)


def _no_rethrow(one: Diagnostic, _: Context) -> Fix | None:
    return fix("fail with a code of its own", (one.span, "fail FAILED"))


def _no_sender(one: Diagnostic, context: Context) -> Fix | None:
    message = context.innermost(one.span, s.Message)
    if message is None:
        return None
    text = context.text(one.span.file)
    start, end = text.range(one.span)
    after = re.match(r"\s*", text.whole[end:])
    return fix("leave the sender out", (text.span(one.span.file, start, end + (after.end() if after else 0)), ""))


def _not_an_actor(one: Diagnostic, context: Context) -> Fix | None:
    """`{ A }` where one actor is meant, or a protocol whose only actor is plain."""
    whole = context.exactly(one.span, s.SetLiteral)
    if whole is not None and len(whole.members) == 1:
        return fix("give the actor itself", (one.span, context.written(whole.members[0].span)))
    protocol = context.innermost(one.span, s.ProtocolDecl)
    single = [actor.name.text for actor in context.program.actors.values() if not actor.binders]
    if protocol is not None and protocol.actor.span == one.span and single:
        return fix(f"let `{single[0]}` run it", (one.span, single[0]))
    message = context.innermost(one.span, s.Message)
    if message is not None and message.receiver.span == one.span:
        takers = _takers(message.name, context)
        return fix(f"send it to `{takers[0]}`", (one.span, takers[0])) if len(takers) == 1 else None
    return None


def _takers(message: s.Name, context: Context) -> list[str]:
    """Actors without indices that handle a message."""
    return [
        actor.name.text
        for actor in context.program.actors.values()
        if not actor.binders and any(isinstance(m, s.Handler) and m.message == message for m in actor.members)
    ]


def _handler(one: Diagnostic, context: Context) -> Fix | None:
    """The one actor that handles the message is meant; else the receiver gets a handler."""
    message = context.innermost(one.span, s.Message)
    if message is None:
        return None
    takers = _takers(message.name, context)
    if len(takers) == 1:
        return fix(f"send it to `{takers[0]}`", (message.receiver.span, takers[0]))
    name = (re.match(r"(\w+) has no handler", one.message) or ["", ""])[1]
    actor = context.program.actors.get(name)
    if actor is None or actor.instance is not None or message.arguments:
        return None
    text = context.text(actor.span.file)
    _, end = text.range(actor.span)
    body = f"on {message.name} {{ }}"
    if not actor.members and not text.whole[:end].rstrip().endswith("}"):
        return fix(f"let {name} handle it", (end_of(actor.span), f" {{ {body} }}"))
    return fix(f"let {name} handle it", (text.span(actor.span.file, end - 1, end - 1), f"{body} "))


def _place(one: Diagnostic, context: Context) -> Fix | None:
    """An actor stands where its place is meant, or a place lacks its index."""
    program = context.program
    actor = program.actors.get(context.written(one.span))
    if actor is not None and isinstance(actor.site, s.NameRef) and actor.site.name in program.places:
        site = context.written(actor.site.span)
        return fix(f"{actor.name} is on `{site}`", (one.span, site))
    place = program.places.get(context.written(one.span))
    if place is not None and place.indices:
        wanted = "[" + ", ".join(name.text for name in place.indices) + "]"
        indices = index_text(wanted, one.span, context)
        return fix(f"give the index: {indices}", (end_of(one.span), indices)) if indices else None
    if context.innermost(one.span, s.Crash) is not None:
        return None
    plain = [name for name, declared in program.places.items() if not declared.indices]
    if len(plain) == 1:
        return fix(f"the place is `{plain[0]}`", (one.span, plain[0]))
    return None


def _no_query(one: Diagnostic, context: Context) -> Fix | None:
    """`succeeded(A)` of an actor that runs one protocol is about that protocol; `up(A)` about its place."""
    found = context.exactly(one.span, s.Call)
    if found is None or len(found.arguments) != 1:
        return None
    argument = found.arguments[0]
    name = context.written(argument.span)
    if one.expected.endswith("(protocol)"):
        run = [p.name.text for p in context.program.protocols.values() if context.written(p.actor.span) == name]
        run = run or list(context.program.protocols)
        return fix(f"the protocol is `{run[0]}`", (argument.span, run[0])) if len(run) == 1 else None
    return _place(replace(one, span=argument.span), context)


def _any_failure(one: Diagnostic, context: Context) -> Fix | None:
    """`recover CODE` where nothing fails so: recover from whatever happens."""
    whole = context.innermost(one.span, s.Try)
    if whole is None or any(clause.code is None for clause in whole.recovers):
        return None
    return fix("recover from every failure", (one.span, ""))


def _in_turn(one: Diagnostic, context: Context) -> Fix | None:
    """A place that crashes in an indivisible update: one place after the other."""
    update = context.innermost(one.span, s.All)
    return None if update is None else fix("one after the other", (_prefix(update.span, len("all"), context), "each"))


def _nothing(one: Diagnostic, _: Context) -> Fix | None:
    """A `break` without a loop, an `inherited` without a service."""
    return fix("leave it out", (one.span, ""))


def _overrides(one: Diagnostic, context: Context) -> Fix | None:
    """A handler that the service has too says so; one that the service has not does not."""
    handler = context.innermost(one.span, s.Handler)
    if handler is None or handler.message.span != one.span:
        return None
    if not handler.override:
        return fix("override the service's", (start_of(handler.span), "override "))
    return None if one.related else _without("override", handler.span, context)


def _limit(one: Diagnostic, context: Context) -> Fix | None:
    """The nearest number of messages in flight that is allowed."""
    least, _, most = one.expected.partition("..")
    number = re.search(r"[0-9]+\s*\Z", context.written(one.span))
    if number is None or context.exactly(one.span, s.ChannelDecl) is None:
        return None
    text = context.text(one.span.file)
    start = text.range(one.span)[0] + number.start()
    near = least if int(number[0]) < int(least) else most
    return fix(f"at most {near}", (text.span(one.span.file, start, start + len(number[0])), near))


def _not_volatile(one: Diagnostic, context: Context) -> Fix | None:
    return _without("volatile", one.span, context)


def _without(word: str, span: Span, context: Context) -> Fix | None:
    """What a span begins with goes."""
    found = re.match(rf"{word}\s+", context.written(span))
    return fix(f"leave out `{word}`", (_prefix(span, found.end(), context), "")) if found else None


def _prefix(span: Span, length: int, context: Context) -> Span:
    start, _ = context.text(span.file).range(start_of(span))
    return context.text(span.file).span(span.file, start, start + length)


PROPOSALS: Mapping[str, Proposal] = MappingProxyType(
    {
        "HV231": _not_volatile,
        "HV311": _missing_index_of_all,
        "HV312": _only_plain,
        "HV313": _assignable,
        "HV314": _no_rethrow,
        "HV315": _no_sender,
        "HV316": _not_an_actor,
        "HV317": _handler,
        "HV318": _place,
        "HV321": _no_query,
        "HV323": _any_failure,
        "HV324": _after_finally,
        "HV325": _nothing,
        "HV327": _limit,
        "HV328": _overrides,
        "HV329": _overrides,
        "HV330": _nothing,
        "HV403": _in_turn,
    }
)
