"""Expressions as WebAssembly text over the words of a state.

Values at run time are i32: a bool is 0 or 1, an int is itself, an element of a sort and an enumeration's value is its
code, and an option is its code (`none` is the last). As in the reference engine a term carries the range of the values
it can have, so that constants fold; nothing else is shared with it, because it is what this one is tested against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Any, cast

from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable
from hvmodel.types import BOOL, Bool, Enum, Int, Option, Sort, Type

from ..codes import Codec, UnfitError
from . import wat
from .packing import Packing
from .scratch import Scratch
from .term import FALSE, HEAVY, TRUE, Term, both, compound, constant, either, opposite, tested, truth


@dataclass(frozen=True, slots=True)
class Environment:
    """What variables stand for, cells whose code is known here, and how many copies unrolling may still make."""

    bindings: Mapping[str, Term] = field(default_factory=dict)
    known: Mapping[int, int] = field(default_factory=dict)
    room: int = 64

    def bind(self, variables: Iterable[Variable], terms: Iterable[Term]) -> Environment:
        named = {variable.name: term for variable, term in zip(variables, terms, strict=True)}
        return Environment({**self.bindings, **named}, self.known, self.room)

    def sharing(self, copies: int) -> Environment:
        """Within a part that is written out so many times."""
        return Environment(self.bindings, self.known, self.room // max(copies, 1))


@dataclass(frozen=True, slots=True)
class Place:
    """Cells from `first` on, one of `count` at distances of `step`; `index` says which. Several arguments may vary:
    then `index` is the number of the cell itself and `count` is 0."""

    first: int
    step: int = 0
    count: int = 1
    index: Term | None = None


@dataclass
class Emitter:
    """Writes expressions of one layout; `functions` gathers what the text calls, `scratch` the tables it looks up."""

    packing: Packing
    scratch: Scratch
    unroll: int = 64
    functions: list[str] = field(default_factory=list)
    made: int = 0
    _locals: dict[str, str] = field(default_factory=dict)

    @property
    def codec(self) -> Codec:
        return self.packing.codec

    def name(self, letter: str = "v") -> str:
        """A name that nothing else has; of a local its letter tells the type (see `wat.function`)."""
        self.made += 1
        return f"${letter}{self.made}"

    def local(self, text: str) -> str:
        """The local that keeps the value of a text, the same for the same text: equal conditions are to look equal."""
        if text not in self._locals:
            self._locals[text] = self.name("x")
        return self._locals[text]

    def below(self, code: str, size: int, otherwise: int) -> str:
        """The code if it is one of `size`, else another number."""
        name = self.local(code)
        within = wat.apply("i32.lt_u", wat.get(name), wat.number(size))
        return wat.apply("select", f"(local.tee {name} {code})", wat.number(otherwise), within)

    def environment(self) -> Environment:
        return Environment(room=self.unroll)

    def term(self, expression: Expression, environment: Environment) -> Term:
        """The text of an expression. Raises UnfitError for what no value of its type can be."""
        return _WRITERS[type(expression)](self, expression, environment)

    def choices(self, variables: Sequence[Variable]) -> Iterable[tuple[Term, ...]]:
        """Every combination of values of the variables, as constants."""
        ranges = [
            [decoded(constant(code, variable.type), variable.type) for code in range(self.codec.size(variable.type))]
            for variable in variables
        ]
        return product(*ranges)

    def count(self, variables: Sequence[Variable]) -> int:
        return prod(self.codec.size(variable.type) for variable in variables)

    def loops(self, variables: Sequence[Variable]) -> tuple[list[Term], list[tuple[str, int]]]:
        """Terms for the variables, and the locals over whose numbers they are to be looped."""
        counters = [(self.name(), self.codec.size(variable.type)) for variable in variables]
        terms = [
            decoded(compound(wat.get(name), 0, size - 1, variable.type, _local(name)), variable.type)
            for (name, size), variable in zip(counters, variables, strict=True)
        ]
        return terms, counters

    def place(self, function: str, arguments: tuple[Expression, ...], environment: Environment) -> Place:
        """The cell of a function, or the cells of which it is one."""
        first, scale = self.codec.layout.offsets[function], 1
        varying: list[tuple[Term, int, int]] = []
        for argument, type_ in zip(reversed(arguments), self._domain(function), strict=True):
            code, size = self.stored(argument, type_, environment), self.codec.size(type_)
            if code.constant:
                first += code.low * scale
            else:
                varying.append((code, scale, size))
            scale *= size
        if not varying:
            return Place(first)
        if len(varying) == 1:
            ((code, step, size),) = varying
            index = _shifted(code, -code.low, code.type)
            return Place(first + code.low * step, step, min(code.high + 1, size) - code.low, index)
        return Place(first, 1, 0, self._number(first, varying))

    def _domain(self, function: str) -> tuple[Type, ...]:
        """The types of a function's arguments, the last one first."""
        return self.codec.layout.system.function[function].domain[::-1]

    def _number(self, first: int, varying: Sequence[tuple[Term, int, int]]) -> Term:
        parts = [
            compound(wat.apply("i32.mul", code.text, wat.number(scale)), 0, code.high * scale, Int(0, 0), code)
            for code, scale, _ in varying
        ]
        result = constant(first, Int(0, 0))
        for part in parts:
            result = compound(
                wat.apply("i32.add", result.text, part.text), 0, result.high + part.high, Int(0, 0), result, part
            )
        return result

    def cell_number(self, place: Place) -> str:
        """The number of a cell, as text."""
        if place.index is None:
            return wat.number(place.first)
        if not place.count:
            return place.index.text
        return wat.apply(
            "i32.add", wat.number(place.first), wat.apply("i32.mul", place.index.text, wat.number(place.step))
        )

    def stored(self, value: Expression, type_: Type, environment: Environment) -> Term:
        """The code that a value has as one of a type; at run time `$outside` is told of what has none."""
        code, size = coded(self, self.term(value, environment), type_), self.codec.size(type_)
        if code.low >= 0 and code.high < size:
            return code
        name = self.local(code.text)
        within = wat.apply("i32.lt_u", f"(local.tee {name} {code.text})", wat.number(size))
        text = f"(if (result i32) {within} (then {wat.get(name)}) (else (call $outside)))"
        return replace(code, text=text, low=0, high=max(1, size - 1), fallible=True, test=None)

    def read(self, function: str, arguments: tuple[Expression, ...], environment: Environment) -> Term:
        type_ = self.codec.layout.system.function[function].range
        place = self.place(function, arguments, environment)
        if place.index is None:
            return self._cell(place.first, type_, environment)
        parts = (place.index, Term("", 0, 1, BOOL, weight=1))
        return decoded(compound(self._one_of(place), 0, self.codec.size(type_) - 1, type_, *parts), type_)

    def _cell(self, cell: int, type_: Type, environment: Environment) -> Term:
        if cell in environment.known:
            return decoded(constant(environment.known[cell], type_), type_)
        where = self.packing.fields[cell]
        if isinstance(type_, Bool):
            return tested((where.word, where.mask, where.mask))
        last = self.codec.size(type_) - 1
        return decoded(replace(compound(wat.extracted(where), 0, last, type_), weight=1), type_)

    def _one_of(self, place: Place) -> str:
        """The code in one of several cells: a shift by a variable if they lie evenly in one word."""
        assert place.index is not None
        fields = [self.packing.fields[place.first + k * place.step] for k in range(place.count)]
        if len(fields) > 1:
            first, distance = fields[0], fields[1].shift - fields[0].shift
            if all(one.word == first.word and one.shift == first.shift + k * distance for k, one in enumerate(fields)):
                by = wat.apply("i32.mul", place.index.text, wat.number(distance))
                by = wat.apply("i64.extend_i32_u", wat.apply("i32.add", by, wat.number(first.shift)))
                shifted = wat.apply("i32.wrap_i64", wat.apply("i64.shr_u", wat.word(first.word), by))
                return wat.apply("i32.and", shifted, wat.number((1 << first.width) - 1))
            if len(fields) == 2:
                return wat.apply("select", wat.extracted(fields[1]), wat.extracted(fields[0]), place.index.text)
        width = self.packing.fields[place.first].width
        return f"(call $cell (local.get $at) {self.cell_number(place)} {wat.number((1 << width) - 1)})"

    def quantifier(self, quantifier: Quantifier, environment: Environment) -> Term:
        kind, variables, body = quantifier.kind, quantifier.variables, quantifier.body
        copies = self.count(variables)
        if copies <= environment.room:
            inner = environment.sharing(copies)
            terms = (self.term(body, inner.bind(variables, chosen)) for chosen in self.choices(variables))
            return both(terms) if kind == "all" else either(terms)
        terms_, counters = self.loops(variables)
        condition = self.term(body, environment.bind(variables, terms_))
        found = opposite(condition) if kind == "all" else condition
        if found.constant:
            return condition
        outer = sorted(found.names - {name for name, _ in counters})
        lines = wat.when(found.text, [f"(return {wat.number(kind == 'some')})"])
        for name, size in reversed(counters):
            lines = wat.loop(name, size, lines)
        helper = self.name("q")
        self.functions.append(wat.function(helper, outer, True, [*lines, wat.number(kind == "all")]))
        call = " ".join([f"(call {helper} (local.get $at)", *map(wat.get, outer)]) + ")"
        return Term(call, 0, 1, BOOL, frozenset(outer), HEAVY + 1, found.fallible)


def _literal(emitter: Emitter, literal: Literal, _: Environment) -> Term:
    value, type_ = literal.value, literal.type
    return constant(cast(int, value) if isinstance(type_, Int) else emitter.codec.code(value, type_), type_)


def _applied(emitter: Emitter, applied: Apply, environment: Environment) -> Term:
    parts = [emitter.term(argument, environment) for argument in applied.arguments]
    return _OPERATIONS[applied.operation](emitter, parts)


_WRITERS: Mapping[type[Expression], Callable[[Emitter, Any, Environment], Term]] = MappingProxyType(
    {
        Literal: _literal,
        Variable: lambda _, variable, environment: environment.bindings[variable.name],
        Read: lambda emitter, read, environment: emitter.read(read.function, read.arguments, environment),
        Apply: _applied,
        Quantifier: lambda emitter, one, environment: emitter.quantifier(one, environment),
    }
)


def _local(name: str) -> Term:
    return Term("", 0, 1, BOOL, frozenset((name,)))


def decoded(code: Term, type_: Type) -> Term:
    """The value whose code a term is: only ints from another number than 0 differ."""
    if isinstance(type_, Int):
        return _shifted(code, type_.low, type_)
    return code.typed(type_)


def _shifted(term: Term, by: int, type_: Type) -> Term:
    if by == 0:
        return term.typed(type_)
    text = wat.apply("i32.add", term.text, wat.number(by))
    return compound(text, term.low + by, term.high + by, type_, term)


def coded(emitter: Emitter, value: Term, type_: Type) -> Term:
    """The code of a value as one of the type, or a number outside its codes if the type has no such value."""
    if isinstance(type_, Option):
        return _option_code(emitter, value, type_)
    if isinstance(type_, Int) and isinstance(value.type, Int):
        return _shifted(value, -type_.low, type_)
    if value.type == type_:
        return value
    if isinstance(type_, Enum) and isinstance(value.type, Enum):
        places = [type_.values.index(name) if name in type_.values else -1 for name in value.type.values]
        return _looked_up(emitter, value, places, type_)
    raise UnfitError(f"a {value.type} stands where a {type_} is expected")


def _option_code(emitter: Emitter, value: Term, type_: Option) -> Term:
    if value.type == type_:
        return value
    if not isinstance(value.type, Option):
        code, size = coded(emitter, value, type_.of), emitter.codec.size(type_.of)
        if code.low >= 0 and code.high < size:
            return code.typed(type_)
        # An int beyond the option's range must not be taken for `none`, whose code comes next.
        if code.constant:
            return constant(-1, type_)
        return compound(emitter.below(code.text, size, -1), -1, size - 1, type_, code)
    inner, none = value.type.of, emitter.codec.size(value.type.of)
    elements = [coded(emitter, decoded(constant(code, inner), inner), type_.of).low for code in range(none)]
    size = emitter.codec.size(type_.of)
    places = [place if 0 <= place < size else -1 for place in elements]
    return _looked_up(emitter, value, [*places, size], type_)


def _looked_up(emitter: Emitter, code: Term, places: Sequence[int], type_: Type) -> Term:
    """What a table of numbers has at a code."""
    if code.constant:
        return constant(places[code.low], type_)
    seen = places[code.low : code.high + 1]
    if all(place - seen[0] == k for k, place in enumerate(seen)):
        return _shifted(code, seen[0] - code.low, type_)
    address = emitter.scratch.table(places)
    text = f"(i32.load $scratch offset={address} {wat.apply('i32.shl', code.text, wat.number(2))})"
    return compound(text, min(seen), max(seen), type_, code)


def _equal(emitter: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    if isinstance(right.type, Option) and not isinstance(left.type, Option):
        left, right = right, left
    if not (isinstance(left.type, Int) and isinstance(right.type, Int)):
        right = coded(emitter, right, left.type)
    if left.high < right.low or right.high < left.low:
        return FALSE
    if (left.constant and right.constant) or left.text == right.text:
        return TRUE
    left, right = (right, left) if left.constant else (left, right)
    if isinstance(left.type, Bool) and right.constant:
        return left if right.low else opposite(left)
    return truth(wat.apply("i32.eq", left.text, right.text), left, right)


def _less(_: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    if left.high < right.low or left.low >= right.high:
        return TRUE if left.high < right.low else FALSE
    return truth(wat.apply("i32.lt_s", left.text, right.text), left, right)


def _at_most(_: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    if left.high <= right.low or left.low > right.high:
        return TRUE if left.high <= right.low else FALSE
    return truth(wat.apply("i32.le_s", left.text, right.text), left, right)


def _sum(_: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    low, high = left.low + right.low, left.high + right.high
    return compound(wat.apply("i32.add", left.text, right.text), low, high, Int(low, high), left, right)


def _difference(_: Emitter, parts: list[Term]) -> Term:
    left, right = parts
    low, high = left.low - right.high, left.high - right.low
    return compound(wat.apply("i32.sub", left.text, right.text), low, high, Int(low, high), left, right)


def _conditional(emitter: Emitter, parts: list[Term]) -> Term:
    condition, then, otherwise = parts
    if condition.constant:
        return then if condition.low else otherwise
    type_ = _common(then, otherwise)
    if isinstance(type_, Option):
        then, otherwise = coded(emitter, then, type_), coded(emitter, otherwise, type_)
    low, high = min(then.low, otherwise.low), max(then.high, otherwise.high)
    if then.fallible or otherwise.fallible or then.weight + otherwise.weight > HEAVY:
        text = f"(if (result i32) {condition.text} (then {then.text}) (else {otherwise.text}))"
    else:
        text = wat.apply("select", then.text, otherwise.text, condition.text)
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
        return coded(emitter, value, Option(Int(value.low, value.high)))
    return value.typed(Option(value.type))


def _value(emitter: Emitter, parts: list[Term]) -> Term:
    (option,) = parts
    if not isinstance(option.type, Option):
        return option
    of: Bool | Int | Sort | Enum = option.type.of
    none = emitter.codec.size(of)
    if option.high < none:
        return decoded(option, of)
    return decoded(compound(emitter.below(option.text, none, 0), 0, none - 1, of, option), of)


_OPERATIONS: Mapping[str, Callable[[Emitter, list[Term]], Term]] = MappingProxyType(
    {
        "not": lambda _, parts: opposite(parts[0]),
        "and": lambda _, parts: both(parts),
        "or": lambda _, parts: either(parts),
        "implies": lambda _, parts: either((opposite(parts[0]), parts[1])),
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
