"""Declared, and then of no use: never named again, never read, never sent, never allowed to happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from hvmodel.source import NOWHERE, Span

from .. import syntax as s
from ..diagnostic import Diagnostic, Fix
from ..labels import blocks_of, inner_blocks, statements
from ..members import members
from ..program import Program
from ..walk import walk
from .facts import Known, base


def unused(known: Known) -> Iterator[Diagnostic]:
    """Declarations of the spec's own file that nothing else names. A module's are for others to use."""
    if known.program.kind == "era":
        candidates = tuple(_candidates(known))
        # A name occurs once for each declaration of it; if that is all, nobody uses it.
        declared = Counter(name.text for _, name, _ in candidates)
        alive = {message for _, message in known.sends}
        for kind, name, span in candidates:
            if kind == "interface" and alive & {one.text for one in known.program.interfaces[name.text].messages}:
                continue  # its messages may go to actors that do not handle them
            if known.own(name.span) and known.words[name.text] <= declared[name.text]:
                yield _warning(kind, name, span)
        yield from _sorts(known)
        yield from _modules(known)
    yield from _lets(known)


def _warning(kind: str, name: s.Name, span: Span) -> Diagnostic:
    fix = Fix("leave it out", span, "")
    return Diagnostic("HV601", f"the {kind} `{name}` is never used", name.span, "warning", fix=fix)


def _candidates(known: Known) -> Iterator[tuple[str, s.Name, Span]]:
    program = known.program
    tables: tuple[tuple[str, dict[str, Any]], ...] = (
        ("parameter", program.parameters),
        ("place", program.places),
        ("interface", program.interfaces),
        ("storage class", program.storages),
        ("record", program.records),
        ("variable", program.variables),
        ("function", program.functions),
        ("service", program.services),
        ("actor", {name: one for name, one in program.actors.items() if not _reacts(program, one)}),
    )
    for kind, table in tables:
        for one in table.values():
            yield "ghost" if getattr(one, "ghost", False) else kind, one.name, one.span
    owners: list[s.ActorDecl | s.ServiceDecl] = [*program.actors.values(), *program.services.values()]
    for owner in owners:
        for member in owner.members:
            if isinstance(member, s.VariableDecl | s.Function):
                word = "function" if isinstance(member, s.Function) else "variable"
                yield "ghost" if getattr(member, "ghost", False) else word, member.name, member.span


def _reacts(program: Program, actor: s.ActorDecl) -> bool:
    """Whether an actor does something although nobody calls it: when a place crashes or is restarted."""
    return any(isinstance(member, s.Reaction) for member in members(program, actor))


def _sorts(known: Known) -> Iterator[Diagnostic]:
    program = known.program
    used = known.words
    needed = {sort.text for sort in program.needed_sorts} | {sort.name for sort, _ in program.constants.values()}
    for name in program.sorts:
        span = program.declared[name]
        if not used[name] and name not in needed and known.own(span):
            yield Diagnostic("HV601", f"the sort `{name}` is never used", span, "warning")
    for name, enum in program.enums.items():
        span = program.declared[name]
        if not used[name] and not any(used[value] for value in enum.values) and known.own(span):
            yield Diagnostic("HV601", f"the enum `{name}` is never used", span, "warning")


def _modules(known: Known) -> Iterator[Diagnostic]:
    """A module whose declarations nobody outside of it names, and that does nothing by itself."""
    program = known.program
    files = {name.text: file for name, file in program.uses if file}
    for name, file in program.uses:
        of = file or files.get(name.text, "")
        if not known.own(name.span) or not of:
            continue
        tables = (program.protocols, program.environments, program.properties, program.actors)
        active = [*(span for table in tables for span in _spans(table)), *(one.span for one in program.abouts)]
        if any(base(span.file) == of for span in active):
            continue
        names = {key for key, span in program.declared.items() if base(span.file) == of}
        others = (one for one in known.declarations if base(one.span.file) != of)
        if not any(names & known.memory.fact("words", one, _words) for one in others):
            yield Diagnostic("HV601", f"nothing of the module `{name}` is used", name.span, "warning")


def _spans(table: Mapping[str, Any]) -> list[Span]:
    return [one.span for one in table.values()]


def _words(declaration: Any) -> frozenset[str]:
    return frozenset(
        node.text if isinstance(node, s.Name) else node.name
        for node in walk(declaration)
        if isinstance(node, s.Name | s.NameRef)
    )


def _lets(known: Known) -> Iterator[Diagnostic]:
    for declaration in known.declarations:
        if known.own(declaration.span):
            yield from known.memory.fact("let", declaration, _unused_lets)


def _unused_lets(declaration: Any) -> tuple[Diagnostic, ...]:
    blocks = list(blocks_of(declaration))
    if isinstance(declaration, s.EnvironmentDecl):
        blocks = [declaration.body]
    blocks += [inner for block in blocks for one in statements(block) for inner in inner_blocks(one)]
    found = []
    for block in blocks:
        for index, one in enumerate(block.statements):
            if isinstance(one, s.Let) and one.name.text not in _used_after(block, index):
                found.append(_warning("value", one.name, one.span))
    return tuple(found)


def _used_after(block: s.Block, index: int) -> frozenset[str]:
    return frozenset[str]().union(*(_words(one) for one in block.statements[index + 1 :]))


def never_read(known: Known) -> Iterator[Diagnostic]:
    """Variables that are assigned and never looked at: they cost states and decide nothing."""
    if known.program.kind != "era":
        return
    for kind, name, _ in _candidates(known):
        assigned = name.text in known.assigned and name.text not in known.read
        if kind == "variable" and known.own(name.span) and assigned:
            message = f"the variable `{name}` is assigned and never read: it costs states and decides nothing"
            yield Diagnostic("HV602", message, name.span, "warning", fix=Fix("leave it out, or make it a `ghost`"))


def messages(known: Known) -> Iterator[Diagnostic]:
    """Handlers that nobody calls, messages that nobody takes, and messages to an actor that ignores them."""
    program = known.program
    handled = {
        (actor.name.text, member.message.text): member
        for actor in program.actors.values()
        for member in members(program, actor)
        if isinstance(member, s.Handler)
    }
    if program.kind != "era":
        return
    sent = {message for receiver, message in known.sends if receiver not in program.actors}
    named = _message_names(known)
    for (actor, message), member in handled.items():
        if known.own(member.span) and message not in sent and (actor, message) not in known.sends:
            text = f"nobody sends `{message}` to {actor}"
            # A claim may name the message, and then needs the handler.
            alone = known.words[message] == named[message]
            fix = Fix("leave the handler out", member.span if alone else NOWHERE, "" if alone else None)
            yield Diagnostic("HV604", text, member.message.span, "warning", fix=fix)
    taken = {message for _, message in handled}
    for interface in program.interfaces.values():
        for name in interface.messages:
            if known.own(name.span) and name.text not in taken:
                text = f"no actor handles `{name}` of {interface.name}"
                mend = Fix("leave it out", name.span, "") if known.words[name.text] == 1 else None
                yield Diagnostic("HV605", text, name.span, "warning", fix=mend)
    yield from _ignored(known, set(handled))


def _message_names(known: Known) -> Counter[str]:
    """How often a name stands for a message where it is declared or handled."""
    program = known.program
    owners: list[s.ActorDecl | s.ServiceDecl] = [*program.actors.values(), *program.services.values()]
    handlers = (member.message.text for owner in owners for member in owner.members if isinstance(member, s.Handler))
    return Counter([*handlers, *(name.text for one in program.interfaces.values() for name in one.messages)])


def _ignored(known: Known, handled: set[tuple[str, str]]) -> Iterator[Diagnostic]:
    """A message to an actor that has no part in any interface with that message: it does nothing at all."""
    program = known.program
    interfaces = [{name.text for name in one.messages} for one in program.interfaces.values()]
    for declaration in known.declarations:
        if not known.own(declaration.span):
            continue
        for receiver, name, span in known.memory.fact("direct", declaration, _direct):
            if receiver not in program.actors or (receiver, name) in handled:
                continue
            own = {message for actor, message in handled if actor == receiver}
            if not any(name in messages and own & messages for messages in interfaces):
                text = f"{receiver} ignores `{name}`: it handles no message of that interface"
                yield Diagnostic("HV606", text, span, "warning", expected="an actor that handles it")


def _direct(declaration: Any) -> tuple[tuple[str, str, Span], ...]:
    found = []
    for block in blocks_of(declaration):
        for one in statements(block):
            if isinstance(one, s.Message):
                target = one.receiver.target if isinstance(one.receiver, s.Index) else one.receiver
                if isinstance(target, s.NameRef):
                    found.append((target.name, one.name.text, one.name.span))
    return tuple(found)


def never_given(known: Known) -> Iterator[Diagnostic]:
    """Faults and budgets that no scope and no scenario allows to happen even once."""
    program = known.program
    if program.kind != "era":
        return
    faults = [one for one in program.environments.values() if one.fault_limit is not None]
    spent = {one.spends.text for one in program.environments.values() if one.spends is not None}
    budgets = [one for one in program.budgets.values() if one.name.text in spent]
    given = {name.text for scope in program.scopes.values() for name, value in scope.settings if value}
    given |= {setting.name.text for one in program.scenarios.values() for setting in one.settings if _some(setting)}
    for kind, declared in (("fault", faults), ("budget", budgets)):
        for one in declared:
            if known.own(one.span) and one.name.text not in given:
                text = f"no scope or scenario lets the {kind} `{one.name}` happen: by itself it is 0"
                wanted = f"{one.name} = 1 in a scope or scenario"
                yield Diagnostic("HV609", text, one.name.span, "warning", expected=wanted)
    for one in program.budgets.values():
        if one.name.text not in spent and known.own(one.span):
            yield Diagnostic(
                "HV601",
                f"the budget `{one.name}` is never spent",
                one.name.span if one.name.span != NOWHERE else one.span,
                "warning",
                fix=None if one.name.text in given else Fix("leave it out", one.span, ""),
            )


def _some(setting: s.SettingDecl) -> bool:
    return not (isinstance(setting.value, s.Constant) and setting.value.value in (0, False))
