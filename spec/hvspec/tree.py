"""From the parser's rules to the syntax tree: one method a rule of the grammar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from lark import Token, Tree
from lark.tree import Meta

from hvmodel.source import Span

from . import syntax as s

T = TypeVar("T")
Children = list[Any]


def _present(children: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(child for child in children if child is not None)


def _number(token: Token) -> int:
    # Python refuses to convert absurdly long numerals; no spec means one.
    return int(token[:18])


class TreeBuilder:
    """Builds syntax nodes from Lark's tree. Lark's own `Transformer` wraps a method anew for each node."""

    def __init__(self, file: str, first_line: int) -> None:
        self._file = file
        self._lines_before = first_line - 1

    def build(self, tree: Tree[Token]) -> Any:
        """The node of a tree. Raises RecursionError only."""
        children: Children = []
        for part in tree.children:
            if isinstance(part, Tree):
                children.append(self.build(part))
            else:
                # What is optional and left out is None.
                make = _TOKENS.get(part.type) if part is not None else None
                children.append(part if make is None else make(self, part))
        return getattr(self, tree.data)(tree.meta, children)

    def _span(self, meta: Meta | Token) -> Span:
        if isinstance(meta, Meta) and meta.empty:
            return Span(self._file, self._lines_before + 1, 1, self._lines_before + 1, 1)
        line, column, end_line, end_column = meta.line or 1, meta.column or 1, meta.end_line, meta.end_column
        return Span(
            self._file, line + self._lines_before, column, (end_line or line) + self._lines_before, end_column or column
        )

    def _name(self, token: Token) -> s.Name:
        return s.Name(str(token), self._span(token))

    def _string(self, token: Token) -> str:
        return str(token)[1:-1]

    def start(self, _: Meta, children: Children) -> tuple[s.Declaration, ...]:
        return tuple(children)

    # -------------------------------------------------------------- parts
    def names(self, _: Meta, children: Children) -> tuple[s.Name, ...]:
        return tuple(children)

    def params(self, _: Meta, children: Children) -> tuple[s.Binder, ...]:
        return _present(children)

    binders = params
    members = names
    domains = names
    keyword_args = names
    service_params = names

    def under(self, _: Meta, children: Children) -> Any:
        return children[0]

    by = under
    witness = under
    site = under

    def args(self, _: Meta, children: Children) -> tuple[s.Expr, ...]:
        return _present(children)

    def cites(self, _: Meta, children: Children) -> tuple[str, ...]:
        return tuple(children)

    def binder(self, _: Meta, children: Children) -> s.Binder:
        return s.Binder(*children)

    field = binder
    service_param = binder

    def label(self, meta: Meta, children: Children) -> s.Label:
        first, second = children
        return s.Label(first if second else None, second or first, self._span(meta))

    # -------------------------------------------------------------- declarations
    def header(self, meta: Meta, children: Children) -> s.Header:
        kind, name, title = (*_present(children[:2]), children[-1])
        return s.Header(str(kind), name, title or "", self._span(meta))  # type: ignore[arg-type]

    def use(self, meta: Meta, children: Children) -> s.Use:
        return s.Use(children[0], self._span(meta))

    def needs(self, meta: Meta, children: Children) -> s.Needs:
        return s.Needs(children[0], self._span(meta))

    def sorts(self, meta: Meta, children: Children) -> s.SortDecl:
        return s.SortDecl(children[0], self._span(meta))

    def enum(self, meta: Meta, children: Children) -> s.EnumDecl:
        return s.EnumDecl(children[0], tuple(children[1:]), self._span(meta))

    def const(self, meta: Meta, children: Children) -> s.ConstDecl:
        return s.ConstDecl(children[0], children[1], self._span(meta))

    def record(self, meta: Meta, children: Children) -> s.RecordDecl:
        return s.RecordDecl(children[0], tuple(children[1:]), self._span(meta))

    def param(self, meta: Meta, children: Children) -> s.ParamDecl:
        name, type_, default, title = children
        return s.ParamDecl(name, type_, default, title or "", self._span(meta))

    def budget(self, meta: Meta, children: Children) -> s.BudgetDecl:
        return s.BudgetDecl(children[0], children[1] or "", self._span(meta))

    def variable(self, meta: Meta, children: Children) -> s.VariableDecl:
        volatile, name, type_, initial = children
        return s.VariableDecl(name, type_, initial, volatile is not None, False, self._span(meta))

    def ghost(self, meta: Meta, children: Children) -> s.VariableDecl:
        name, type_, initial = children
        return s.VariableDecl(name, type_, initial, False, True, self._span(meta))

    def place(self, meta: Meta, children: Children) -> s.PlaceDecl:
        return s.PlaceDecl(children[0], children[1] or (), self._span(meta))

    def interface(self, meta: Meta, children: Children) -> s.InterfaceDecl:
        return s.InterfaceDecl(children[0], tuple(children[1:]), self._span(meta))

    def actor(self, meta: Meta, children: Children) -> s.ActorDecl:
        name, binders, site, title, instance, members = children
        return s.ActorDecl(name, binders or (), site, title or "", instance, members or (), self._span(meta))

    def instance(self, meta: Meta, children: Children) -> s.Instance:
        return s.Instance(children[0], children[1] or (), self._span(meta))

    def keyword_arg(self, _: Meta, children: Children) -> s.KeywordArgument:
        return s.KeywordArgument(*children)

    def service(self, meta: Meta, children: Children) -> s.ServiceDecl:
        return s.ServiceDecl(children[0], children[1] or (), children[2], self._span(meta))

    def handler(self, meta: Meta, children: Children) -> s.Handler:
        override, name, params, cites, body = children
        return s.Handler(name, params or (), cites or (), body, self._span(meta), override is not None)

    def reaction(self, meta: Meta, children: Children) -> s.Reaction:
        event, subject, cites, body = (*_present(children[:2]), *children[-2:])
        return s.Reaction(str(event), subject, cites or (), body, self._span(meta))  # type: ignore[arg-type]

    def function(self, meta: Meta, children: Children) -> s.Function:
        return s.Function(children[0], children[1] or (), children[2], self._span(meta))

    def operation(self, meta: Meta, children: Children) -> s.Operation:
        name, params, requires, body = children
        return s.Operation(name, params, requires, body, self._span(meta))

    def storage(self, meta: Meta, children: Children) -> s.StorageDecl:
        name, driver, *members = children

        def of(kind: type[T]) -> tuple[T, ...]:
            return tuple(member for member in members if isinstance(member, kind))

        parts = of(s.VariableDecl), of(s.Function), of(s.Operation)
        return s.StorageDecl(name, driver or "", *parts, self._span(meta))

    def protocol(self, meta: Meta, children: Children) -> s.ProtocolDecl:
        name, actor, cites, body = children
        return s.ProtocolDecl(name, actor, cites or (), body, self._span(meta))

    def environment(self, meta: Meta, children: Children) -> s.EnvironmentDecl:
        fair, name, params, spends, site, when, cites, body = children
        return s.EnvironmentDecl(
            name, params or (), site, when, cites or (), body, self._span(meta), fair is not None, spends
        )

    def fault(self, meta: Meta, children: Children) -> s.EnvironmentDecl:
        name, params, limit, site, when, cites, body = children
        return s.EnvironmentDecl(
            name, params or (), site, when, cites or (), body, self._span(meta), fault_limit=_number(limit)
        )

    def measure(self, meta: Meta, children: Children) -> s.MeasureDecl:
        return s.MeasureDecl(children[0], children[1], self._span(meta))

    def about(self, meta: Meta, children: Children) -> s.AboutDecl:
        *labels, cites = children
        return s.AboutDecl(tuple(labels), cites, self._span(meta))

    def channel(self, meta: Meta, children: Children) -> s.ChannelDecl:
        sender, receiver, limit = children
        return s.ChannelDecl(sender, receiver, _number(limit), self._span(meta))

    # -------------------------------------------------------------- claims
    def always(self, _: Meta, children: Children) -> dict[str, Any]:
        return {"claim": "always", "expression": children[0]}

    def leads_to(self, _: Meta, children: Children) -> dict[str, Any]:
        return {"claim": "leads to", "trigger": children[0], "expression": children[1]}

    def at_most(self, _: Meta, children: Children) -> dict[str, Any]:
        return {"claim": "at most", "limit": _number(children[0]), "label": children[1]}

    def never(self, _: Meta, children: Children) -> dict[str, Any]:
        return {"claim": "never", "label": children[0]}

    def property(self, meta: Meta, children: Children) -> s.PropertyDecl:
        name, id_, title, under, cites, claim, witness, lemmas = children
        return s.PropertyDecl(
            name,
            title=title or "",
            id=id_,
            under=under or (),
            cites=cites or (),
            witness=witness,
            lemmas=lemmas or (),
            span=self._span(meta),
            **claim,
        )

    def cover(self, meta: Meta, children: Children) -> s.PropertyDecl:
        name, id_, title, under, cites, expression = children
        return s.PropertyDecl(
            name, "cover", title or "", self._span(meta), expression, id=id_, under=under or (), cites=cites or ()
        )

    def invariant(self, meta: Meta, children: Children) -> s.PropertyDecl:
        name, title, cites, expression = children
        return s.PropertyDecl(name, "invariant", title or "", self._span(meta), expression, cites=cites or ())

    def scope(self, meta: Meta, children: Children) -> s.ScopeDecl:
        pairs = tuple((name, _number(value)) for name, value in zip(children[1::2], children[2::2], strict=True))
        return s.ScopeDecl(children[0], pairs, self._span(meta))

    def scenario(self, meta: Meta, children: Children) -> s.ScenarioDecl:
        name, title, scopes, *rest = children
        settings = tuple(item for item in rest if isinstance(item, s.SettingDecl))
        expectations = tuple(item for item in rest if isinstance(item, s.ExpectDecl))
        return s.ScenarioDecl(name, title or "", scopes or (), settings, expectations, self._span(meta))

    def setting(self, meta: Meta, children: Children) -> s.SettingDecl:
        return s.SettingDecl(children[0], children[1], self._span(meta))

    def expect(self, meta: Meta, children: Children) -> s.ExpectDecl:
        name, verdict, scopes, by, because = children
        return s.ExpectDecl(name, str(verdict), scopes or (), by, because or "", self._span(meta))

    # -------------------------------------------------------------- types
    def named_type(self, meta: Meta, children: Children) -> s.NamedType:
        return s.NamedType(children[0], self._span(meta))

    def int_type(self, meta: Meta, children: Children) -> s.IntType:
        return s.IntType(_number(children[0]), _number(children[1]), self._span(meta))

    def option_type(self, meta: Meta, children: Children) -> s.OptionType:
        return s.OptionType(children[0], self._span(meta))

    def map_type(self, meta: Meta, children: Children) -> s.MapType:
        return s.MapType(children[0], children[1], self._span(meta))

    def set_type(self, meta: Meta, children: Children) -> s.SetType:
        return s.SetType(children[0], self._span(meta))

    # -------------------------------------------------------------- statements
    def block(self, meta: Meta, children: Children) -> s.Block:
        return s.Block(tuple(children), self._span(meta))

    def message(self, meta: Meta, children: Children) -> s.Message:
        sender, receiver, name, args, cites = children
        return s.Message(sender, receiver, name, args or (), cites or (), self._span(meta))

    def send(self, meta: Meta, children: Children) -> s.Message:
        sender, receiver, name, args, lossy, cites = children
        return s.Message(sender, receiver, name, args or (), cites or (), self._span(meta), True, lossy is not None)

    def assign(self, meta: Meta, children: Children) -> s.Assign:
        return s.Assign(children[0], children[1], self._span(meta))

    def perform(self, meta: Meta, children: Children) -> s.Perform:
        return s.Perform(children[0], children[1], self._span(meta))

    def step(self, meta: Meta, children: Children) -> s.Step:
        name, args, takes, cites, body = children
        return s.Step(name, args or (), str(takes or ""), cites or (), body, self._span(meta))

    def domain(self, _: Meta, children: Children) -> s.Domain:
        return s.Domain(*children)

    def each(self, meta: Meta, children: Children) -> s.Each:
        domains, in_turn, independently, where, body = children
        return s.Each(domains, in_turn is not None, independently is not None, where, body, self._span(meta))

    def all(self, meta: Meta, children: Children) -> s.All:
        domains, where, cites, body = children
        return s.All(domains, where, cites or (), body, self._span(meta))

    def if_statement(self, meta: Meta, children: Children) -> s.If:
        condition, then, otherwise = children
        if isinstance(otherwise, s.If):
            otherwise = s.Block((otherwise,), otherwise.span)
        return s.If(condition, then, otherwise, self._span(meta))

    def try_(self, meta: Meta, children: Children) -> s.Try:
        recovers = tuple(child for child in children if isinstance(child, s.Recover))
        return s.Try(children[0], recovers, children[-1], self._span(meta))

    def recover(self, meta: Meta, children: Children) -> s.Recover:
        return s.Recover(children[0], children[1], self._span(meta))

    finally_ = under

    def within(self, meta: Meta, children: Children) -> s.Within:
        limit, body, otherwise = children
        if isinstance(otherwise, s.Fail):
            otherwise = s.Block((otherwise,), otherwise.span)
        return s.Within(str(limit), body, otherwise, self._span(meta))

    def fail(self, meta: Meta, children: Children) -> s.Fail:
        return s.Fail(children[0], self._span(meta))

    def rethrow(self, meta: Meta, _: Children) -> s.Rethrow:
        return s.Rethrow(self._span(meta))

    def require(self, meta: Meta, children: Children) -> s.Require:
        return s.Require(children[0], children[1], self._span(meta))

    def await_(self, meta: Meta, children: Children) -> s.Await:
        return s.Await(children[0], self._span(meta))

    def choose(self, meta: Meta, children: Children) -> s.Choose:
        return s.Choose(tuple(children), self._span(meta))

    def loop(self, meta: Meta, children: Children) -> s.Loop:
        return s.Loop(children[0], self._span(meta))

    def break_(self, meta: Meta, _: Children) -> s.Break:
        return s.Break(self._span(meta))

    def inherited(self, meta: Meta, _: Children) -> s.Inherited:
        return s.Inherited(self._span(meta))

    def crash(self, meta: Meta, children: Children) -> s.Crash:
        return s.Crash(children[0], self._span(meta))

    def restart(self, meta: Meta, children: Children) -> s.Restart:
        return s.Restart(children[0], self._span(meta))

    def let(self, meta: Meta, children: Children) -> s.Let:
        return s.Let(children[0], children[1], self._span(meta))

    # -------------------------------------------------------------- expressions
    def name(self, meta: Meta, children: Children) -> s.NameRef:
        return s.NameRef(children[0].text, self._span(meta))

    def index(self, meta: Meta, children: Children) -> s.Index:
        return s.Index(children[0], tuple(children[1:]), self._span(meta))

    def member_access(self, meta: Meta, children: Children) -> s.Member:
        return s.Member(children[0], children[1], self._span(meta))

    def call(self, meta: Meta, children: Children) -> s.Call:
        return s.Call(children[0], children[1], self._span(meta))

    def set_literal(self, meta: Meta, children: Children) -> s.SetLiteral:
        return s.SetLiteral(_present(children), self._span(meta))

    def integer(self, meta: Meta, children: Children) -> s.Constant:
        return s.Constant(_number(children[0]), self._span(meta))

    def boolean(self, meta: Meta, children: Children) -> s.Constant:
        return s.Constant(str(children[0]) == "true", self._span(meta))

    def none(self, meta: Meta, _: Children) -> s.Constant:
        return s.Constant(None, self._span(meta))

    def _operator(self, name: str, meta: Meta, operands: Children) -> s.Operator:
        first, *rest = operands
        if name in ("and", "or") and isinstance(first, s.Operator) and first.name == name:
            return s.Operator(name, (*first.operands, *rest), self._span(meta))
        return s.Operator(name, tuple(operands), self._span(meta))

    def and_(self, meta: Meta, children: Children) -> s.Operator:
        return self._operator("and", meta, children)

    def or_(self, meta: Meta, children: Children) -> s.Operator:
        return self._operator("or", meta, children)

    def not_(self, meta: Meta, children: Children) -> s.Operator:
        return self._operator("not", meta, children)

    def implies(self, meta: Meta, children: Children) -> s.Operator:
        return self._operator("implies", meta, children)

    def conditional(self, meta: Meta, children: Children) -> s.Operator:
        return self._operator("if", meta, children)

    def member_of(self, meta: Meta, children: Children) -> s.Operator:
        return self._operator("in", meta, children)

    def compare(self, meta: Meta, children: Children) -> s.Operator:
        left, operator, right = children
        return self._operator(str(operator), meta, [left, right])

    arithmetic = compare

    def quantifier(self, meta: Meta, children: Children) -> s.Quantified:
        kind, *binders, body = children
        return s.Quantified(str(kind), tuple(binders), body, self._span(meta))  # type: ignore[arg-type]


_TOKENS: Mapping[str, Callable[[TreeBuilder, Token], Any]] = MappingProxyType(
    {"NAME": TreeBuilder._name, "STRING": TreeBuilder._string}
)
"""What becomes of a token; another stays as it is."""
