"""A spec and its modules put together: every declaration under its name, each name declared once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from hvmodel.source import Span
from hvmodel.types import Enum, Sort

from . import syntax as s
from .diagnostic import Diagnostic, Fix, Related
from .library import Source, UnreadableError, find_module, module_names
from .parser import Parsed, parse
from .problem import suggestion

RESERVED = frozenset(
    {"int", "bool", "at", "during", "before", "after", "succeeded", "failed", "ended", "up", "expired"}
)


Parse = Callable[[str, str], Parsed]
"""Reads a text, given with the name of its file."""


@dataclass(slots=True)
class Program:
    """All declarations of a spec and of the modules it uses, in the order they were read."""

    name: str = ""
    title: str = ""
    kind: str = "era"
    sources: dict[str, str] = field(default_factory=dict)
    modules: list[s.Header] = field(default_factory=list)
    sorts: dict[str, Sort] = field(default_factory=dict)
    enums: dict[str, Enum] = field(default_factory=dict)
    enum_values: dict[str, Enum] = field(default_factory=dict)
    constants: dict[str, tuple[Sort, int]] = field(default_factory=dict)
    parameters: dict[str, s.ParamDecl] = field(default_factory=dict)
    budgets: dict[str, s.BudgetDecl] = field(default_factory=dict)
    records: dict[str, s.RecordDecl] = field(default_factory=dict)
    places: dict[str, s.PlaceDecl] = field(default_factory=dict)
    interfaces: dict[str, s.InterfaceDecl] = field(default_factory=dict)
    storages: dict[str, s.StorageDecl] = field(default_factory=dict)
    variables: dict[str, s.VariableDecl] = field(default_factory=dict)
    functions: dict[str, s.Function] = field(default_factory=dict)
    services: dict[str, s.ServiceDecl] = field(default_factory=dict)
    actors: dict[str, s.ActorDecl] = field(default_factory=dict)
    protocols: dict[str, s.ProtocolDecl] = field(default_factory=dict)
    environments: dict[str, s.EnvironmentDecl] = field(default_factory=dict)
    measures: dict[str, s.MeasureDecl] = field(default_factory=dict)
    channels: dict[tuple[str, str], s.ChannelDecl] = field(default_factory=dict)
    properties: dict[str, s.PropertyDecl] = field(default_factory=dict)
    scopes: dict[str, s.ScopeDecl] = field(default_factory=dict)
    scenarios: dict[str, s.ScenarioDecl] = field(default_factory=dict)
    expectations: list[s.ExpectDecl] = field(default_factory=list)
    abouts: list[s.AboutDecl] = field(default_factory=list)
    citations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The sources that an `about`, the era's or a module's, gives for a name."""
    needed_sorts: list[s.Name] = field(default_factory=list)
    uses: list[tuple[s.Name, str]] = field(default_factory=list)
    """Each `use`, with the file that it stands for; "" if that was read before."""
    declared: dict[str, Span] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def declare(self, name: s.Name, among: str = "") -> bool:
        """Take a name among those of its kind (properties, scenarios and scopes have names of their own)."""
        if name.text in RESERVED:
            self.unread.add(name.text)
            self.diagnostics.append(Diagnostic("HV103", f"`{name}` is a word of the language", name.span))
            return False
        key = f"{among} {name}".strip()
        if key in self.declared:
            first = (Related("first declared here", self.declared[key]),)
            self.diagnostics.append(Diagnostic("HV101", f"`{name}` is declared twice", name.span, related=first))
            return False
        self.declared[key] = name.span
        return True

    def valueless(self, name: str) -> str:
        """What a name stands for that can never be a value, an actor or a place, as an author knows it; else ""."""
        tables: tuple[tuple[str, Mapping[str, object]], ...] = (
            ("a record", self.records),
            ("an interface", self.interfaces),
            ("a storage class", self.storages),
            ("a service", self.services),
            ("a budget", self.budgets),
            ("an event", self.environments),
            ("a measure", self.measures),
        )
        return next((kind for kind, table in tables if name in table), "")

    def own(self, span: Span) -> bool:
        """Whether a place is in the spec's own file, also where a session has read its declarations one by one."""
        return span.file.partition("\0")[0] == next(iter(self.sources), "")

    def cited(self, name: str, beside: tuple[str, ...]) -> tuple[str, ...]:
        """The sources for a name, each once: those that stand beside it, then those that an `about` gives."""
        return tuple(dict.fromkeys((*beside, *self.citations.get(name, ()))))


def declarations(program: Program) -> Iterator[Any]:
    """Every declaration that a name stands for, except sorts, enums and constants."""
    tables: tuple[dict[Any, Any], ...] = (
        program.parameters,
        program.budgets,
        program.records,
        program.places,
        program.interfaces,
        program.storages,
        program.variables,
        program.functions,
        program.services,
        program.actors,
        program.protocols,
        program.environments,
        program.measures,
        program.channels,
        program.properties,
        program.scopes,
        program.scenarios,
    )
    for table in tables:
        yield from table.values()


def assemble(source: Source, parse: Parse = parse) -> Program:
    """Read a spec and the modules it uses. What is wrong is in the program's diagnostics; nothing is raised."""
    program = Program()
    _read(program, source, parse, is_root=True, seen=set())
    for need in program.needed_sorts:
        if need.text not in program.sorts:
            program.diagnostics.append(
                Diagnostic(
                    "HV105",
                    f"no `sort {need}` is declared, and it is needed here",
                    need.span,
                    fix=Fix(f"declare `sort {need}` in the era"),
                )
            )
    return program


def _read(program: Program, source: Source, parse: Parse, *, is_root: bool, seen: set[str]) -> None:
    parsed = parse(source.text, source.file)
    program.sources[source.file] = source.text
    program.diagnostics.extend(parsed.diagnostics)
    program.unread.update(parsed.unread)
    header = next((item for item in parsed.declarations if isinstance(item, s.Header)), None)
    if header is None and (is_root or not parsed.diagnostics):
        program.diagnostics.append(
            Diagnostic(
                "HV008",
                "a spec starts with its kind and name",
                Span(source.file, 1, 1, 1, 1),
                expected='era NAME "title"  or  module NAME "title"',
            )
        )
    if is_root and header is not None:
        program.name, program.title, program.kind = header.name.text, header.title, header.kind
    for declaration in parsed.declarations:
        if isinstance(declaration, s.Use):
            for name in declaration.modules:
                _use(program, name, source, parse, seen)
        else:
            _DECLARE[type(declaration)](program, declaration)


def _use(program: Program, name: s.Name, source: Source, parse: Parse, seen: set[str]) -> None:
    if name.text in seen:
        program.uses.append((name, ""))
        return
    seen.add(name.text)
    try:
        found = find_module(name.text, source.folder)
    except UnreadableError as error:
        program.diagnostics.append(Diagnostic("HV009", str(error), name.span))
        return
    if found is None:
        program.diagnostics.append(
            Diagnostic(
                "HV104", f"no module is called `{name}`", name.span, fix=suggestion(name, module_names(source.folder))
            )
        )
        return
    program.uses.append((name, found.file))
    _read(program, found, parse, is_root=False, seen=seen)


def _sorts(program: Program, declaration: s.SortDecl) -> None:
    for name in declaration.names:
        if program.declare(name):
            program.sorts[name.text] = Sort(name.text)


def _enum(program: Program, declaration: s.EnumDecl) -> None:
    if not program.declare(declaration.name):
        return
    values = [value for value in declaration.values if program.declare(value)]
    enum = Enum(declaration.name.text, tuple(value.text for value in values))
    program.enums[enum.name] = enum
    program.enum_values.update(dict.fromkeys(enum.values, enum))


def _constants(program: Program, declaration: s.ConstDecl) -> None:
    sort = program.sorts.get(declaration.sort.text)
    if sort is None:
        # The sort may be declared by the era that uses this module; `needs` says so.
        sort = Sort(declaration.sort.text)
        program.needed_sorts.append(declaration.sort)
    for name in declaration.names:
        if program.declare(name):
            earlier = sum(1 for of, _ in program.constants.values() if of == sort)
            program.constants[name.text] = (sort, earlier)


def _needs(program: Program, declaration: s.Needs) -> None:
    program.needed_sorts.extend(declaration.sorts)


def _expect(program: Program, declaration: s.ExpectDecl) -> None:
    program.expectations.append(declaration)


def _about(program: Program, declaration: s.AboutDecl) -> None:
    program.abouts.append(declaration)
    for label in declaration.labels:
        program.citations[str(label)] = (*program.citations.get(str(label), ()), *declaration.cites)


def _channel(program: Program, declaration: s.ChannelDecl) -> None:
    pair = declaration.sender.text, declaration.receiver.text
    if program.declare(s.Name(" ~> ".join(pair), declaration.span)):
        program.channels[pair] = declaration


def _header(program: Program, declaration: s.Header) -> None:
    program.modules.append(declaration)


def _named(table: str, among: str = "") -> Callable[[Program, Any], None]:
    def declare(program: Program, declaration: Any) -> None:
        if program.declare(declaration.name, among):
            getattr(program, table)[declaration.name.text] = declaration

    return declare


_DECLARE: Mapping[type, Callable[[Program, Any], None]] = MappingProxyType(
    {
        s.Header: _header,
        s.Needs: _needs,
        s.SortDecl: _sorts,
        s.EnumDecl: _enum,
        s.ConstDecl: _constants,
        s.RecordDecl: _named("records"),
        s.ParamDecl: _named("parameters"),
        s.BudgetDecl: _named("budgets"),
        s.PlaceDecl: _named("places"),
        s.InterfaceDecl: _named("interfaces"),
        s.StorageDecl: _named("storages"),
        s.VariableDecl: _named("variables"),
        s.Function: _named("functions"),
        s.ServiceDecl: _named("services"),
        s.ActorDecl: _named("actors"),
        s.ProtocolDecl: _named("protocols"),
        s.EnvironmentDecl: _named("environments"),
        s.MeasureDecl: _named("measures"),
        s.AboutDecl: _about,
        s.ChannelDecl: _channel,
        s.PropertyDecl: _named("properties", "property"),
        s.ScopeDecl: _named("scopes", "scope"),
        s.ScenarioDecl: _named("scenarios", "scenario"),
        s.ExpectDecl: _expect,
    }
)
