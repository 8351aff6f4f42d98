"""One piece of WebAssembly text with what is known of its value, and conditions joined from such."""

from __future__ import annotations

from collections.abc import Iterable

from hvmodel.dataclass import dataclass
from hvmodel.types import BOOL, Type

from . import wat
from .packing import UncompiledError

HEAVY = 4
"""Reads beyond which the second of two conditions is skipped when the first decides; below, testing both is faster."""

Test = tuple[int, int, int]
"""A word of the state, bits of it, and what they must be."""


@dataclass(frozen=True, slots=True)
class Term:
    """Text, the least and the greatest value it can have, and the loops' locals that it mentions.

    `weight` counts reads; a `fallible` term must be evaluated only when its value is asked for, as it may find the
    spec at fault. A condition that is a `test` can be joined with others on the same word.
    """

    text: str
    low: int
    high: int
    type: Type
    names: frozenset[str] = frozenset()
    weight: int = 0
    fallible: bool = False
    test: Test | None = None

    @property
    def constant(self) -> bool:
        return self.low == self.high

    def typed(self, type_: Type) -> Term:
        """The same text as one of another type."""
        if type_ is self.type:
            return self
        return Term(self.text, self.low, self.high, type_, self.names, self.weight, self.fallible, self.test)


def constant(value: int, type_: Type) -> Term:
    return compound(wat.number(value), value, value, type_)


def compound(text: str, low: int, high: int, type_: Type, *parts: Term) -> Term:
    """A term made of parts. Raises UncompiledError if its values are beyond 32 bits."""
    if low < -(2**31) or high >= 2**31:
        raise UncompiledError("numbers of more than 32 bits occur")
    if low == high:
        return Term(wat.number(low), low, low, type_)
    names, weight, fallible = _NO_NAMES, 0, False
    for part in parts:
        names = names | part.names if part.names else names
        weight += part.weight
        fallible = fallible or part.fallible
    return Term(text, low, high, type_, names, weight, fallible)


_NO_NAMES = frozenset[str]()
TRUE = Term(wat.number(1), 1, 1, BOOL)
FALSE = Term(wat.number(0), 0, 0, BOOL)


def truth(text: str, *parts: Term) -> Term:
    """A bool that is not known yet, made of the parts."""
    return compound(text, 0, 1, BOOL, *parts)


def tested(test: Test) -> Term:
    return Term(wat.tested(*test), 0, 1, BOOL, weight=1, test=test)


def both(terms: Iterable[Term]) -> Term:
    """True when all are; the first that is not decides."""
    kept = {term.text: term for term in terms if not (term.constant and term.low)}
    if any(term.constant for term in kept.values()):
        return FALSE
    joined = _same_words(list(kept.values()))
    if joined is None:
        return FALSE
    return _joined("i32.and", joined, TRUE)


def either(terms: Iterable[Term]) -> Term:
    """True when at least one is; the first that is decides."""
    kept = {term.text: term for term in terms if not (term.constant and not term.low)}
    if any(term.constant for term in kept.values()):
        return TRUE
    return _joined("i32.or", list(kept.values()), FALSE)


def _same_words(terms: list[Term]) -> list[Term] | None:
    """Tests of one word made one test; None if they contradict each other."""
    tests: dict[int, Test] = {}
    for term in terms:
        if term.test is not None:
            word, mask, bits = term.test
            _, other, others = tests.get(word, (word, 0, 0))
            if (bits ^ others) & mask & other:
                return None
            tests[word] = (word, mask | other, bits | others)
    return [tested(test) for test in tests.values()] + [term for term in terms if term.test is None]


def _joined(operation: str, terms: list[Term], unit: Term) -> Term:
    if not terms:
        return unit
    result = terms[-1]
    for term in reversed(terms[:-1]):
        if result.fallible or result.weight > HEAVY:
            rest, decided = result.text, wat.number(1 - unit.low)
            then, otherwise = (rest, decided) if unit == TRUE else (decided, rest)
            text = f"(if (result i32) {term.text} (then {then}) (else {otherwise}))"
        else:
            text = wat.apply(operation, term.text, result.text)
        result = truth(text, term, result)
    return result


def opposite(term: Term) -> Term:
    if term.constant:
        return FALSE if term.low else TRUE
    if term.test is not None and term.test[1] & (term.test[1] - 1) == 0:
        word, mask, bits = term.test
        return tested((word, mask, bits ^ mask))
    return truth(wat.apply("i32.eqz", term.text), term)
