"""Expressions as TLA+ text: the same operations and quantifiers, everything compound in brackets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable
from hvmodel.types import Option

from ..facts import assumed, present_in
from .vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Terms:
    """Writes expressions of one system; `variables` says what parameters and bound variables are called.

    `facts` are the options that are known not to be `none`.
    """

    words: Vocabulary
    variables: Mapping[str, str] = field(default_factory=dict)
    facts: frozenset[Expression] = frozenset()

    def given(self, *conditions: Expression) -> Terms:
        """For places that are reached, or matter, only where the conditions hold."""
        found = [option for condition in conditions for option in present_in(condition)]
        return replace(self, facts=self.facts.union(found)) if found else self

    def binding(self, variables: Sequence[Variable]) -> Terms:
        """With names for some variables that mean nothing else here."""
        named = dict(self.variables)
        for variable in variables:
            named[variable.name] = self.words.names.local(variable.name.partition("'")[0], named.values())
        return replace(self, variables=named)

    def binders(self, variables: Sequence[Variable]) -> str:
        """`x \\in S, y \\in T`, of variables that are bound here."""
        return ", ".join(f"{self.variables[one.name]} \\in {self.words.set_of(one.type)}" for one in variables)

    def term(self, expression: Expression) -> str:
        match expression:
            case Literal(value, type_):
                return self.words.value(value, type_)
            case Variable(name):
                return self.variables[name]
            case Read(function, arguments):
                return self.words.functions[function] + self.index(arguments)
            case Apply("value", (option,)):
                return self._value(option)
            case Apply("not", (Apply("==", (left, right)),)):
                return f"({self.term(left)} # {self.term(right)})"
            case Apply(operation, arguments):
                given = zip(arguments, assumed(operation, arguments), strict=True)
                return _OPERATIONS[operation](*(self.given(*known).term(argument) for argument, known in given))
            case Quantifier(kind, variables, body):
                inner = self.binding(variables)
                sign = "\\A" if kind == "all" else "\\E"
                return f"({sign} {inner.binders(variables)} : {inner.term(body)})"

    def index(self, arguments: Sequence[Expression]) -> str:
        return f"[{', '.join(map(self.term, arguments))}]" if arguments else ""

    def _value(self, option: Expression) -> str:
        """What is inside an option; of `none` the first value."""
        inside = self.term(option)
        if not isinstance(option.type, Option) or option in self.facts:
            return inside
        return f"(IF {inside} = none THEN {self.words.first(option.type.of)} ELSE {inside})"


def _list(sign: str) -> Callable[..., str]:
    return lambda *parts: f"({f' {sign} '.join(parts)})"


_OPERATIONS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "not": lambda part: f"~{part}",
        "and": _list("/\\"),
        "or": _list("\\/"),
        "implies": _list("=>"),
        "==": _list("="),
        "<": _list("<"),
        "<=": _list("<="),
        "+": _list("+"),
        "-": _list("-"),
        "if": lambda condition, then, otherwise: f"(IF {condition} THEN {then} ELSE {otherwise})",
        "just": lambda part: part,
    }
)
"""How each operation is written; the meanings are those of `hvmodel.semantics.OPERATIONS`."""
