"""Fixes of names: what is declared twice, not at all, or under a word of the language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING

from .. import syntax as s
from ..diagnostic import Diagnostic, Fix
from ..shapes import actor_domain
from ..text import end_of, start_of
from ..words import foreign
from .context import Context, claimed, fix

if TYPE_CHECKING:
    from .propose import Proposal

_HEADER = re.compile(r"^\s*(?:era|module)\b", re.MULTILINE)


def _header(one: Diagnostic, context: Context) -> Fix | None:
    """Insert the first line, unless there is one that could not be read."""
    if _HEADER.search(context.program.sources.get(one.span.file, "")):
        return None
    stem = re.sub(r"\W", "_", PurePath(one.span.file.partition("\0")[0]).stem, flags=re.ASCII)
    name = stem if re.match(r"[A-Za-z_]", stem) else f"spec_{stem}"
    return fix("name the spec", (start_of(one.span), f"era {name}\n"))


def _twice(one: Diagnostic, context: Context) -> Fix | None:
    name = context.written(one.span)
    if "~>" in name:  # a channel
        return fix("leave it out", (one.span, ""))
    taken, number = set(context.program.declared), 2
    while f"{name}_{number}" in taken:
        number += 1
    return fix("give one of them another name", (one.span, f"{name}_{number}")) if name else None


def _reserved(one: Diagnostic, context: Context) -> Fix | None:
    name = context.written(one.span)
    return fix("take another name", (one.span, f"{name}_")) if name else None


def _unknown(one: Diagnostic, context: Context) -> Fix | None:
    """A budget that is spent but not declared is declared; an expectation of nothing goes."""
    name = context.written(one.span)
    if foreign(name):
        return fix(f"write `{foreign(name)}`", (one.span, foreign(name)))
    if re.match("no (sort|type)", one.message):
        return _sort(one, name, context)
    free = _quantified(one, name, context)
    if free is not None:
        return free
    happening = context.innermost(one.span, s.EnvironmentDecl)
    if happening is not None and happening.spends is not None and happening.spends.span == one.span:
        return fix("declare the budget", (start_of(happening.span), f"budget {name}\n"))
    expectation = context.innermost(one.span, s.ExpectDecl)
    if expectation is not None and expectation.property.span == one.span:
        return fix("leave it out", (expectation.span, ""))
    setting = context.innermost(one.span, s.SettingDecl)
    if setting is not None and setting.name.span == one.span:
        return fix("leave it out", (setting.span, ""))
    return None


def _sort(one: Diagnostic, name: str, context: Context) -> Fix | None:
    """A sort that differs by one letter is meant; a name in capitals is a sort that was forgotten."""
    for sort in context.program.sorts:
        if len(sort) == len(name) and sum(a != b for a, b in zip(sort, name, strict=True)) == 1:
            return fix(f"did you mean `{sort}`?", (one.span, sort))
    declaration = next(iter(context.around(one.span)), None)
    needed = name in {sort.text for sort in context.program.needed_sorts}
    if declaration is None or needed or not name.isupper() or name in context.program.declared:
        return None
    return fix(f"declare `sort {name}`", (start_of(declaration.span), f"sort {name}\n"))


def _quantified(one: Diagnostic, name: str, context: Context) -> Fix | None:
    """A free variable of a claim that indexes a map or an actor is meant for all elements."""
    claim, index = claimed(one.span, context), context.innermost(one.span, s.Index)
    if claim is None or index is None:
        return None
    at = [node.span == one.span for node in index.indices]
    if True not in at or not isinstance(index.target, s.NameRef):
        return None
    keys = _keys(index.target.name, context)
    if at.index(True) >= len(keys):
        return None
    start, word = claim
    return fix(f"say it of {word} of them", (start, f"{word} {name}: {keys[at.index(True)]} . "))


def _keys(name: str, context: Context) -> list[str]:
    """What indexes a variable or an actor, as written."""
    program = context.program
    if name in program.actors:
        return [b.type.name.text for b in program.actors[name].binders if isinstance(b.type, s.NamedType)]
    type_ = program.variables[name].type if name in program.variables else None
    if isinstance(type_, s.MapType):
        return [key.text for key in type_.keys]
    return [type_.of.text] if isinstance(type_, s.SetType) else []


def _needed_sort(one: Diagnostic, context: Context) -> Fix | None:
    headers = context.program.modules
    name = context.written(one.span)
    if not headers or not name:
        return None
    return fix(f"declare `sort {name}` in the era", (end_of(headers[0].span), f"\nsort {name}"))


def _instance(one: Diagnostic, context: Context) -> tuple[s.Instance, s.ServiceDecl] | None:
    actor = context.innermost(one.span, s.ActorDecl)
    if actor is None or actor.instance is None:
        return None
    service = context.program.services.get(actor.instance.service.text)
    return None if service is None else (actor.instance, service)


def _unknown_argument(one: Diagnostic, context: Context) -> Fix | None:
    """An argument that the service does not take goes, with one comma."""
    found = _instance(one, context)
    if found is None:
        return None
    text = context.text(one.span.file)
    instance, _ = found
    at = [argument.name.span == one.span for argument in instance.arguments]
    if True not in at:
        return None
    index = at.index(True)
    argument = instance.arguments[index]
    start, end = text.range(argument.name.span)[0], text.range(argument.value.span)[1]
    if index + 1 < len(instance.arguments):
        end = text.range(instance.arguments[index + 1].name.span)[0]
    elif index:
        start = text.range(instance.arguments[index - 1].value.span)[1]
    return fix("leave it out", (text.span(one.span.file, start, end), ""))


def _missing_argument(one: Diagnostic, context: Context) -> Fix | None:
    """An actor that handles messages of the interface is given for it."""
    found = _instance(one, context)
    if found is None:
        return None
    instance, service = found
    given = {argument.name.text for argument in instance.arguments}
    missing = [binder for binder in service.params if binder.name.text not in given]
    values = [(binder.name.text, _candidate(binder, context)) for binder in missing]
    if not missing or not all(value for _, value in values):
        return None
    text = ", ".join(f"{name}: {value}" for name, value in values)
    text = f", {text}" if instance.arguments else text
    closing = context.text(instance.span.file).range(instance.span)[1] - 1
    place = context.text(instance.span.file).span(instance.span.file, closing, closing)
    return fix(f"give {', '.join(name for name, _ in values)}", (place, text))


def _candidate(binder: s.Binder, context: Context) -> str:
    program = context.program
    of = binder.type.of if isinstance(binder.type, s.SetType) else getattr(binder.type, "name", None)
    interface = program.interfaces.get(of.text) if isinstance(of, s.Name) else None
    if interface is None:
        return ""
    wanted = set(interface.messages)
    for actor in program.actors.values():
        handled = {member.message for member in actor.members if isinstance(member, s.Handler)}
        if handled & wanted and not actor_domain(program, actor):
            return f"{{ {actor.name} }}" if isinstance(binder.type, s.SetType) else actor.name.text
    return "{ }" if isinstance(binder.type, s.SetType) else ""


PROPOSALS: Mapping[str, Proposal] = MappingProxyType(
    {
        "HV008": _header,
        "HV101": _twice,
        "HV102": _unknown,
        "HV103": _reserved,
        "HV105": _needed_sort,
        "HV106": _unknown_argument,
        "HV107": _missing_argument,
    }
)
