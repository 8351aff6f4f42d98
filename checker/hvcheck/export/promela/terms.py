"""Expressions without quantifiers as Promela text, with as few brackets as reading it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable, reads
from hvmodel.types import BOOL, Bool, Enum, Int, Option, Type

from ..facts import assumed, present_in
from .vocabulary import Vocabulary

ATOM, SUM, ORDER, AND, OR = range(5)
"""How tightly a text is bound, the tightest first."""

NOWHERE = 10_000
"""Stands for a value of another enumeration that this one does not have; equal to nothing."""


@dataclass(frozen=True, slots=True)
class Term:
    """Text, the type of value that it gives, and how tightly it is bound.

    `contrary` is the text of a comparison the other way round; `present` says of an option that it is not `none`.
    """

    text: str
    type: Type
    level: int = ATOM
    contrary: str = ""
    present: bool = False

    def within(self, level: int) -> str:
        """The text as an operand where nothing looser than `level` may stand."""
        return self.text if self.level <= level else f"({self.text})"


TRUE, FALSE = Term("true", BOOL), Term("false", BOOL)


@dataclass(frozen=True, slots=True)
class Terms:
    """Writes expressions of one system; `variables` says what an action's parameters are called.

    `facts` are the texts of options that are known not to be `none`.
    """

    words: Vocabulary
    variables: Mapping[str, Term] = field(default_factory=dict)
    facts: frozenset[str] = frozenset()

    def given(self, *conditions: Expression) -> Terms:
        """For places that are reached, or matter, only where the conditions hold."""
        found = [self.term(option).text for condition in conditions for option in present_in(condition)]
        return replace(self, facts=self.facts.union(found)) if found else self

    def term(self, expression: Expression) -> Term:
        match expression:
            case Literal():
                return self._literal(expression)
            case Variable(name):
                return self.variables[name]
            case Read(function, arguments, type_):
                return self._read(function, arguments, type_)
            case Apply(operation, arguments):
                return _OPERATIONS[operation](self, self._operands(operation, arguments))
            case Quantifier():
                raise AssertionError("quantifiers are written out before")

    def _operands(self, operation: str, arguments: Sequence[Expression]) -> list[Term]:
        """The operands, each under what may be taken to hold there."""
        given = zip(arguments, assumed(operation, arguments), strict=True)
        return [self.given(*conditions).term(argument) for argument, conditions in given]

    def condition(self, expression: Expression) -> str:
        return self.term(expression).text

    def value(self, expression: Expression, type_: Type) -> Term:
        """An expression as a value of a cell's type."""
        return self.coerced(self.term(expression), type_)

    def _read(self, function: str, arguments: Sequence[Expression], type_: Type) -> Term:
        """A cell. Spin refuses `f[f[i]]`; there, each place is asked for by itself."""
        inside = [i for i, argument in enumerate(arguments) if function in reads(argument)]
        return self._asked(function, self.places(function, arguments), inside, type_)

    def _asked(self, function: str, places: Sequence[str], inside: Sequence[int], type_: Type) -> Term:
        if not inside:
            return Term(self.named(function, places), type_)
        first, *rest = inside
        size = self.words.sizes(self.words.layout.system.function[function])[first]
        wanted = Term(f"({places[first]})", type_)
        cells = [
            self._asked(function, [*places[:first], str(place), *places[first + 1 :]], rest, type_)
            for place in range(size)
        ]
        result = cells[-1]
        for place in reversed(range(size - 1)):
            here = comparison(wanted, "==", Term(str(place), type_))
            result = self.choice(here, cells[place], result, type_)
        return result

    def places(self, function: str, arguments: Sequence[Expression]) -> list[str]:
        """Where a cell lies along each index of its function."""
        declared = self.words.layout.system.function[function]
        return [
            _place(self.coerced(self.term(argument), type_), self.words.bounds(type_)[0])
            for argument, type_ in zip(arguments, declared.domain, strict=True)
        ]

    def named(self, function: str, places: Sequence[str]) -> str:
        name = self.words.functions[function]
        if not places:
            return name
        return f"{name}[{places[0]}]" if len(places) == 1 else f"{name}({', '.join(places)})"

    def _literal(self, literal: Literal) -> Term:
        value, type_ = literal.value, literal.type
        if isinstance(type_, Option):
            if value is None:
                return Term(self.none(type_), type_)
            return self.coerced(self._literal(Literal(value, type_.of, literal.name)), type_)
        if isinstance(type_, Bool):
            return TRUE if value else FALSE
        known = self.words.constants.get((type_, value))
        number = self.words.number(value, type_)
        return Term(known or str(number), type_, ATOM if known or number >= 0 else SUM)

    def none(self, type_: Option) -> str:
        return self.words.nones.get(type_) or str(self.words.bounds(type_)[1])

    def coerced(self, term: Term, type_: Type) -> Term:
        """The same value in the representation of another type that has it."""
        have = term.type
        if have == type_ or (isinstance(have, Int) and isinstance(type_, Int)):
            return replace(term, type=type_)
        if isinstance(have, Option) and isinstance(type_, Option):
            return self._other_option(term, have, type_)
        if isinstance(type_, Option):
            return replace(self.coerced(term, type_.of), type=type_, present=True)
        if isinstance(have, Enum) and isinstance(type_, Enum):
            return self._other_enum(term, have, type_)
        raise AssertionError(f"a {have} stands where a {type_} is expected")

    def _other_option(self, term: Term, have: Option, type_: Option) -> Term:
        none, other = self.none(have), self.none(type_)
        if term.text == none:
            return Term(other, type_)
        inside = self.coerced(replace(term, type=have.of), type_.of)
        if term.present:
            return replace(inside, type=type_, present=True)
        if self.words.bounds(have)[1] == self.words.bounds(type_)[1] and inside.text == term.text:
            return replace(term, type=type_)
        return self.choice(comparison(term, "==", Term(none, have)), Term(other, type_), inside, type_)

    def _other_enum(self, term: Term, have: Enum, type_: Enum) -> Term:
        """One test for each value, as their places differ."""
        result = Term(str(NOWHERE), type_)
        for value in reversed(have.values):
            if value in type_.values:
                test = comparison(term, "==", Term(str(self.words.number(value, have)), have))
                result = self.choice(test, self._literal(Literal(value, type_)), result, type_)
        return result

    def choice(self, condition: Term, then: Term, otherwise: Term, type_: Type) -> Term:
        if condition in (TRUE, FALSE):
            return then if condition == TRUE else otherwise
        return Term(f"({condition.text} -> {then.text} : {otherwise.text})", type_)


def _place(term: Term, low: int) -> str:
    """The place of a value among those of its type."""
    if low == 0:
        return term.text
    if term.text.lstrip("-").isdigit():
        return str(int(term.text) - low)
    return f"{term.within(SUM)} - {low}" if low > 0 else f"{term.within(SUM)} + {-low}"


def opposite(term: Term) -> Term:
    if term in (TRUE, FALSE):
        return FALSE if term == TRUE else TRUE
    if term.contrary:
        return Term(term.contrary, BOOL, ORDER, term.text)
    return Term(f"!{term.within(ATOM)}", BOOL, contrary=term.within(ATOM))


def joined(terms: Sequence[Term], word: str, level: int, unit: Term, zero: Term) -> Term:
    kept = [term for term in dict.fromkeys(terms) if term != unit]
    if zero in kept or not kept:
        return zero if kept else unit
    if len(kept) == 1:
        return kept[0]
    return Term(f" {word} ".join(term.within(ORDER) for term in kept), BOOL, level)


def both(terms: Sequence[Term]) -> Term:
    return joined(terms, "&&", AND, TRUE, FALSE)


def either(terms: Sequence[Term]) -> Term:
    return joined(terms, "||", OR, FALSE, TRUE)


def common(left: Type, right: Type) -> Type:
    """A type that has the values of both."""
    if left == right:
        return left
    if isinstance(left, Option) or isinstance(right, Option):
        inner = common(left.of if isinstance(left, Option) else left, right.of if isinstance(right, Option) else right)
        assert not isinstance(inner, Option)
        return Option(inner)
    if isinstance(left, Int) and isinstance(right, Int):
        return Int(min(left.low, right.low), max(left.high, right.high))
    return left


def _equal(terms: Terms, parts: list[Term]) -> Term:
    left, right = parts
    type_ = common(left.type, right.type)
    left, right = terms.coerced(left, type_), terms.coerced(right, type_)
    if left.text == right.text:
        return TRUE
    if isinstance(type_, Bool):
        for one, other in ((left, right), (right, left)):
            if one in (TRUE, FALSE):
                return other if one == TRUE else opposite(other)
    return comparison(left, "==", right)


def comparison(left: Term, word: str, right: Term) -> Term:
    one, other = left.within(SUM), right.within(SUM)
    return Term(f"{one} {word} {other}", BOOL, ORDER, f"{one} {_CONTRARY[word]} {other}")


_CONTRARY: Mapping[str, str] = MappingProxyType({"==": "!=", "<": ">=", "<=": ">"})


def _conditional(terms: Terms, parts: list[Term]) -> Term:
    condition, then, otherwise = parts
    type_ = common(then.type, otherwise.type)
    return terms.choice(condition, terms.coerced(then, type_), terms.coerced(otherwise, type_), type_)


def _just(_: Terms, parts: list[Term]) -> Term:
    (inside,) = parts
    return inside if isinstance(inside.type, Option) else replace(inside, type=Option(inside.type), present=True)


def _value(terms: Terms, parts: list[Term]) -> Term:
    """What is inside an option; of `none` the first value."""
    (option,) = parts
    if not isinstance(option.type, Option):
        return option
    inside = replace(option, type=option.type.of, present=False)
    if option.present or option.text in terms.facts:
        return inside
    first = Term(str(terms.words.bounds(option.type.of)[0]), option.type.of)
    return terms.choice(comparison(option, "==", Term(terms.none(option.type), option.type)), first, inside, first.type)


def _compared(word: str) -> Callable[[Terms, list[Term]], Term]:
    return lambda _, parts: comparison(parts[0], word, parts[1])


def _added(word: str) -> Callable[[Terms, list[Term]], Term]:
    def write(_: Terms, parts: list[Term]) -> Term:
        left, right = parts
        return Term(f"{left.within(SUM)} {word} {right.within(ATOM)}", _sum_type(left.type, right.type, word), SUM)

    return write


def _sum_type(left: Type, right: Type, word: str) -> Int:
    assert isinstance(left, Int)
    assert isinstance(right, Int)
    if word == "+":
        return Int(left.low + right.low, left.high + right.high)
    return Int(left.low - right.high, left.high - right.low)


_OPERATIONS: Mapping[str, Callable[[Terms, list[Term]], Term]] = MappingProxyType(
    {
        "not": lambda _, parts: opposite(parts[0]),
        "and": lambda _, parts: both(parts),
        "or": lambda _, parts: either(parts),
        "implies": lambda _, parts: either((opposite(parts[0]), parts[1])),
        "==": _equal,
        "<": _compared("<"),
        "<=": _compared("<="),
        "+": _added("+"),
        "-": _added("-"),
        "if": _conditional,
        "just": _just,
        "value": _value,
    }
)
"""How each operation is written; the meanings are those of `hvmodel.semantics.OPERATIONS`."""
