"""Expressions as Python text over the codes of a state.

Only numbers and names made here go into the text, so nothing in a spec can reach the interpreter. While it is
written, an expression carries the range of the values it can have: a range of one value is a constant, and
constants fold.

Values at run time: a bool is 0 or 1 (or False or True), an int is itself, an element of a sort and an
enumeration's value is its code, and an option is its code (`none` is the last).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from itertools import product
from math import prod
from types import MappingProxyType
from typing import cast

from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable
from hvmodel.types import BOOL, Bool, Enum, Int, Option, Sort, Type

from .codes import Codec, UnfitError

DEEPEST = 40
"""Nesting beyond which part of an expression becomes a function: Python's parser stops at 200 brackets."""

LONGEST = 256
"""The longest table that is written into the text."""


@dataclass(frozen=True, slots=True)
class Term:
    """Python text, the least and the greatest value it can have, and the local names it mentions."""

    text: str
    low: int
    high: int
    type: Type
    depth: int = 0
    names: frozenset[str] = frozenset()

    @property
    def constant(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Environment:
    """What variables stand for, cells whose code is known here, and how many copies unrolling may still make."""

    bindings: Mapping[str, Term] = field(default_factory=dict)
    known: Mapping[int, int] = field(default_factory=dict)
    room: int = 64

    def bind(self, variables: Iterable[Variable], terms: Iterable[Term]) -> Environment:
        named = {variable.name: term for variable, term in zip(variables, terms, strict=True)}
        return replace(self, bindings={**self.bindings, **named})


def constant(value: int, type_: Type) -> Term:
    return Term(str(value) if value >= 0 else f"({value})", value, value, type_)


TRUE = constant(1, BOOL)
FALSE = constant(0, BOOL)


def truth(text: str, *parts: Term) -> Term:
    """A bool that is not known yet, made of the parts."""
    return compound(text, 0, 1, BOOL, *parts)


def compound(text: str, low: int, high: int, type_: Type, *parts: Term) -> Term:
    if low == high:
        return constant(low, type_)
    depth = 1 + max((part.depth for part in parts), default=0)
    return Term(text, low, high, type_, depth, frozenset[str]().union(*(part.names for part in parts)))


def both(terms: Iterable[Term]) -> Term:
    """True when all are."""
    kept = {term.text: term for term in terms if term != TRUE}
    if any(term.constant for term in kept.values()):
        return FALSE
    return _joined(" and ", tuple(kept.values()), TRUE)


def either(terms: Iterable[Term]) -> Term:
    """True when at least one is."""
    kept = {term.text: term for term in terms if term != FALSE}
    if any(term.constant for term in kept.values()):
        return TRUE
    return _joined(" or ", tuple(kept.values()), FALSE)


def _joined(word: str, terms: tuple[Term, ...], unit: Term) -> Term:
    if len(terms) < 2:
        return terms[0] if terms else unit
    return truth(f"({word.join(term.text for term in terms)})", *terms)


def opposite(term: Term) -> Term:
    if term.constant:
        return FALSE if term.low else TRUE
    return truth(f"(not {term.text})", term)


@dataclass
class Emitter:
    """Writes expressions of one layout; `helpers` gathers the functions that the text calls."""

    codec: Codec
    unroll: int = 64
    helpers: list[str] = field(default_factory=list)
    made: int = 0

    def name(self) -> str:
        """A name that nothing else has."""
        self.made += 1
        return f"v{self.made}"

    def drain(self) -> str:
        """The functions written since the last call, as source."""
        text = "".join(self.helpers)
        self.helpers.clear()
        return text

    def environment(self) -> Environment:
        return Environment(room=self.unroll)

    def term(self, expression: Expression, environment: Environment) -> Term:
        """The text of an expression. Raises UnfitError for what no value of its type can be."""
        term = self._node(expression, environment)
        return self._hoisted(term) if term.depth > DEEPEST else term

    def _node(self, expression: Expression, environment: Environment) -> Term:
        match expression:
            case Literal(value, type_):
                return constant(cast(int, value) if isinstance(type_, Int) else self.codec.code(value, type_), type_)
            case Variable(name):
                return environment.bindings[name]
            case Read(function, arguments):
                return self._cell_value(function, self.cell(function, arguments, environment), environment)
            case Apply(operation, arguments):
                return _OPERATIONS[operation](self, [self.term(argument, environment) for argument in arguments])
            case Quantifier(kind, variables, body):
                return self._quantifier(kind, variables, body, environment)

    def variable(self, name: str, type_: Type) -> Term:
        """A local name that runs over the codes of a type."""
        last = self.codec.size(type_) - 1
        raw = Term(name, 0, last, type_, names=frozenset((name,))) if last else constant(0, type_)
        return decoded(raw, type_)

    def choices(self, variables: Sequence[Variable]) -> Iterable[tuple[Term, ...]]:
        """Every combination of values of the variables, as constants."""
        ranges = [
            [decoded(constant(code, variable.type), variable.type) for code in range(self.codec.size(variable.type))]
            for variable in variables
        ]
        return product(*ranges)

    def count(self, variables: Sequence[Variable]) -> int:
        return prod(self.codec.size(variable.type) for variable in variables)

    def loops(self, variables: Sequence[Variable]) -> tuple[list[Term], list[str]]:
        """Local names for the variables, and the `for` lines that let them run over their types."""
        names = [self.name() for _ in variables]
        terms = [self.variable(name, variable.type) for name, variable in zip(names, variables, strict=True)]
        sizes = [self.codec.size(variable.type) for variable in variables]
        return terms, [f"for {name} in range({size}):" for name, size in zip(names, sizes, strict=True)]

    def cell(self, function: str, arguments: tuple[Expression, ...], environment: Environment) -> Term:
        """The place of a cell in the state."""
        declared = self.codec.layout.system.function[function]
        offset, scale = self.codec.layout.offsets[function], 1
        varying: list[Term] = []
        for argument, type_ in reversed(list(zip(arguments, declared.domain, strict=True))):
            size = self.codec.size(type_)
            code = self._checked(coded(self.codec, self.term(argument, environment), type_), size)
            if code.constant:
                offset += code.low * scale
            else:
                factor = "" if scale == 1 else f"*{scale}"
                varying.append(compound(code.text + factor, code.low * scale, code.high * scale, Int(0, 0), code))
            scale *= size
        if not varying:
            return constant(offset, Int(0, 0))
        text = "+".join([*(part.text for part in varying), *([str(offset)] if offset else [])])
        return compound(text, offset, offset + sum(part.high for part in varying), Int(0, 0), *varying)

    def stored(self, value: Expression, type_: Type, environment: Environment) -> Term:
        """The code that puts a value into a cell of a type."""
        return self._checked(coded(self.codec, self.term(value, environment), type_), self.codec.size(type_))

    def _checked(self, code: Term, size: int) -> Term:
        """A code that is certain to be one of `size`; `inside` refuses the others at run time."""
        if code.low >= 0 and code.high < size:
            return code
        if code.low >= size or code.high < 0:
            return replace(code, text=f"inside({code.text},{size})", low=0, high=max(1, size - 1))
        return compound(f"inside({code.text},{size})", 0, max(1, size - 1), code.type, code)

    def _cell_value(self, function: str, cell: Term, environment: Environment) -> Term:
        type_ = self.codec.layout.system.function[function].range
        last = self.codec.size(type_) - 1
        if cell.constant and cell.low in environment.known:
            return decoded(constant(environment.known[cell.low], type_), type_)
        return decoded(compound(f"s[{cell.text}]", 0, last, type_, cell), type_)

    def _quantifier(
        self, kind: str, variables: tuple[Variable, ...], body: Expression, environment: Environment
    ) -> Term:
        copies = self.count(variables)
        if copies <= environment.room:
            inner = replace(environment, room=environment.room // max(copies, 1))
            terms = (self.term(body, inner.bind(variables, chosen)) for chosen in self.choices(variables))
            return both(terms) if kind == "all" else either(terms)
        names, lines = self.loops(variables)
        condition = self.term(body, environment.bind(variables, names))
        found = opposite(condition) if kind == "all" else condition
        if found.constant:
            return condition
        outer = sorted(found.names - frozenset[str]().union(*(name.names for name in names)))
        helper = self.name()
        indented = "".join(" " * (i + 1) + line + "\n" for i, line in enumerate(lines))
        pad = " " * (len(lines) + 1)
        self.helpers.append(
            f"def {helper}({','.join(['s', *outer])}):\n{indented}{pad}if {found.text}: return {kind == 'some'}\n"
            f" return {kind == 'all'}\n"
        )
        return Term(f"{helper}({','.join(['s', *outer])})", 0, 1, BOOL, 1, frozenset(outer))

    def _hoisted(self, term: Term) -> Term:
        helper = self.name()
        call = f"({','.join(['s', *sorted(term.names)])})"
        self.helpers.append(f"def {helper}{call}:\n return {term.text}\n")
        return replace(term, text=helper + call, depth=1)


def decoded(code: Term, type_: Type) -> Term:
    """The value whose code a term is: only ints from another number than 0 differ."""
    if isinstance(type_, Int):
        return _shifted(code, type_.low, type_)
    return replace(code, type=type_)


def _shifted(term: Term, by: int, type_: Type) -> Term:
    if by == 0:
        return replace(term, type=type_)
    if term.constant:
        return constant(term.low + by, type_)
    return compound(f"({term.text}{by:+d})", term.low + by, term.high + by, type_, term)


def coded(codec: Codec, value: Term, type_: Type) -> Term:
    """The code of a value as one of the type, or a number outside its codes if the type has no such value."""
    if isinstance(type_, Option):
        return _option_code(codec, value, type_)
    if isinstance(type_, Int) and isinstance(value.type, Int):
        return _shifted(value, -type_.low, type_)
    if value.type == type_:
        return value
    if isinstance(type_, Enum) and isinstance(value.type, Enum):
        places = [type_.values.index(name) if name in type_.values else -1 for name in value.type.values]
        return _looked_up(value, places, type_)
    raise UnfitError(f"a {value.type} stands where a {type_} is expected")


def _option_code(codec: Codec, value: Term, type_: Option) -> Term:
    if value.type == type_:
        return value
    if not isinstance(value.type, Option):
        code, size = coded(codec, value, type_.of), codec.size(type_.of)
        if code.low >= 0 and code.high < size:
            return replace(code, type=type_)
        # An int beyond the option's range must not be taken for `none`, whose code comes next.
        if code.constant:
            return constant(-1, type_)
        return compound(f"placed({code.text},{size})", -1, size - 1, type_, code)
    inner, none = value.type.of, codec.size(value.type.of)
    elements = [coded(codec, decoded(constant(code, inner), inner), type_.of).low for code in range(none)]
    size = codec.size(type_.of)
    places = [place if 0 <= place < size else -1 for place in elements]
    return _looked_up(value, [*places, size], type_)


def _looked_up(code: Term, places: list[int], type_: Type) -> Term:
    if code.constant:
        return constant(places[code.low], type_)
    return compound(f"{tuple(places)}[{code.text}]", min(places), max(places), type_, code)


def _equal(emitter: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    if isinstance(right.type, Option) and not isinstance(left.type, Option):
        left, right = right, left
    if not (isinstance(left.type, Int) and isinstance(right.type, Int)):
        right = coded(emitter.codec, right, left.type)
    if left.high < right.low or right.high < left.low:
        return FALSE
    if (left.constant and right.constant) or left.text == right.text:
        return TRUE
    if isinstance(left.type, Bool):
        left, right = (right, left) if left.constant else (left, right)
        if right.constant:
            return left if right.low else opposite(left)
    return truth(f"({left.text}=={right.text})", left, right)


def _less(_: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    if left.high < right.low or left.low >= right.high:
        return TRUE if left.high < right.low else FALSE
    return truth(f"({left.text}<{right.text})", left, right)


def _at_most(_: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    if left.high <= right.low or left.low > right.high:
        return TRUE if left.high <= right.low else FALSE
    return truth(f"({left.text}<={right.text})", left, right)


def _sum(_: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    low, high = left.low + right.low, left.high + right.high
    return compound(f"({left.text}+{right.text})", low, high, Int(low, high), left, right)


def _difference(_: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    low, high = left.low - right.high, left.high - right.low
    return compound(f"({left.text}-{right.text})", low, high, Int(low, high), left, right)


def _implies(_: Emitter, parts: list[Term]) -> Term:
    return either((opposite(parts[0]), parts[1]))


def _conditional(emitter: Emitter, parts: list[Term]) -> Term:
    condition, then, otherwise = parts
    if condition.constant:
        return then if condition.low else otherwise
    type_ = _common(then, otherwise)
    if isinstance(type_, Option):
        then, otherwise = coded(emitter.codec, then, type_), coded(emitter.codec, otherwise, type_)
    low, high = min(then.low, otherwise.low), max(then.high, otherwise.high)
    text = f"({then.text} if {condition.text} else {otherwise.text})"
    return compound(text, low, high, type_, condition, then, otherwise)


def _common(left: Term, right: Term) -> Type:
    """A type that has every value of both terms."""
    if left.type == right.type:
        return left.type
    of, other = (term.type.of if isinstance(term.type, Option) else _tight(term) for term in (left, right))
    inner = (
        Int(min(of.low, other.low), max(of.high, other.high)) if isinstance(of, Int) and isinstance(other, Int) else of
    )
    if (of != other and not isinstance(inner, Int)) or isinstance(of, Int) != isinstance(other, Int):
        raise UnfitError(f"a {left.type} and a {right.type} are the two results of one `if`")
    return Option(inner) if isinstance(left.type, Option) or isinstance(right.type, Option) else inner


def _tight(term: Term) -> Bool | Int | Sort | Enum:
    assert not isinstance(term.type, Option)
    return Int(term.low, term.high) if isinstance(term.type, Int) else term.type


def _just(emitter: Emitter, parts: list[Term]) -> Term:
    (value,) = parts
    if isinstance(value.type, Option):
        return value
    if isinstance(value.type, Int):
        return coded(emitter.codec, value, Option(Int(value.low, value.high)))
    return replace(value, type=Option(value.type))


def _value(emitter: Emitter, parts: list[Term]) -> Term:
    (option,) = parts
    if not isinstance(option.type, Option):
        return option
    of: Bool | Int | Sort | Enum = option.type.of
    none = emitter.codec.size(of)
    if option.high < none:
        return decoded(option, of)
    if none > LONGEST:
        return decoded(compound(f"filled({option.text},{none})", 0, none - 1, of, option), of)
    return decoded(_looked_up(option, [*range(none), 0], of), of)


_OPERATIONS: Mapping[str, Callable[[Emitter, list[Term]], Term]] = MappingProxyType(
    {
        "not": lambda _, parts: opposite(parts[0]),
        "and": lambda _, parts: both(parts),
        "or": lambda _, parts: either(parts),
        "implies": _implies,
        "==": _equal,
        "<": _less,
        "<=": _at_most,
        "+": _sum,
        "-": _difference,
        "if": _conditional,
        "just": _just,
        "value": _value,
    }
)
"""How each operation is written; the meanings are those of `hvmodel.semantics.OPERATIONS`."""
