"""From hvmodel types and expressions to z3 terms: with unbounded sorts, or grounded in a small universe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from types import MappingProxyType

from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable
from hvmodel.system import Scope, System
from hvmodel.types import Bool, Enum, Int, Option, Sort, Type, Value

from .terms import Term, Terms

EXPANDED = 8
"""Quantifiers over at most so many known values become plain conjunctions; solvers like that better."""

Environment = Mapping[str, Term]


class Translation:
    """One system's vocabulary in z3 and the meaning of its expressions there.

    Every sort is uninterpreted. With a `universe` its elements are that many distinct constants, quantifiers are
    written out and `typing` closes the functions over them, so that a model is a state of that scope. Functions are
    declared when first mentioned.
    """

    def __init__(self, terms: Terms, system: System, universe: Scope | None = None) -> None:
        self.terms = terms
        self.system = system
        self.universe = universe
        self._sorts: dict[Type, Term] = {}
        self._enums: dict[Enum, dict[str, Term]] = {}
        self._functions: dict[str, Callable[..., Term]] = {}
        self._known: dict[int, tuple[Expression, Term]] = {}

    def sort(self, type_: Type) -> Term:
        if type_ not in self._sorts:
            self._sorts[type_] = self._declared(type_)
        return self._sorts[type_]

    def _declared(self, type_: Type) -> Term:
        match type_:
            case Bool():
                return self.terms.boolean_sort
            case Int():
                return self.terms.integer_sort
            case Sort(name):
                return self.terms.sort(name)
            case Enum(name, names):
                sort, self._enums[type_] = self.terms.enumeration(name, names)
                return sort
            case Option(Int()):
                return self.sort(_WIDE) if type_ != _WIDE else self.terms.option("Int?", self.terms.integer_sort)
            case Option(of):
                return self.terms.option(str(type_), self.sort(of))

    def function(self, name: str) -> Callable[..., Term]:
        if name not in self._functions:
            function = self.system.function[name]
            domain = [self.sort(type_) for type_ in function.domain]
            self._functions[name] = self.terms.function(name, domain, self.sort(function.range))
        return self._functions[name]

    def value(self, value: Value, type_: Type) -> Term:
        """The term of a literal; an element of a sort is a constant named by its index."""
        match type_:
            case Bool():
                return self.terms.boolean(bool(value))
            case Int():
                return self.terms.integer(int(value or 0))
            case Sort(name):
                return self.terms.constant(f"{name}!{value}", self.sort(type_))
            case Enum():
                self.sort(type_)
                return self._enums[type_][str(value)]
            case Option(of):
                shape = self.sort(type_)
                return shape.constructor(0)() if value is None else shape.constructor(1)(self.value(value, of))

    def first(self, type_: Type) -> Term:
        """What `value` makes of `none`: the first value of the type; of a sort any element, the same each time."""
        match type_:
            case Sort(name) if self.universe is None:
                return self.terms.constant(f"{name}!first", self.sort(type_))
            case Int(low, _):
                return self.value(low, type_)
            case Enum(_, names):
                return self.value(names[0], type_)
            case Bool():
                return self.value(False, type_)
            case _:
                return self.value(0, type_)

    def elements(self, type_: Type) -> list[Term] | None:
        """All values of a type if they are known here, in the order of `hvmodel.state.values`."""
        match type_:
            case Bool():
                return [self.value(False, type_), self.value(True, type_)]
            case Int(low, high):
                return [self.value(number, type_) for number in range(low, high + 1)]
            case Enum(_, names):
                return [self.value(name, type_) for name in names]
            case Sort():
                known = 0 if self.universe is None else self.universe.size(type_)
                return [self.value(index, type_) for index in range(known)] or None
            case Option(of):
                inside = self.elements(of)
                shape = self.sort(type_)
                return inside and [*(shape.constructor(1)(term) for term in inside), shape.constructor(0)()]

    def typing(self, term: Term, type_: Type) -> Term | None:
        """What says that the term is a value of the type, where its z3 sort is wider than that."""
        match type_:
            case Int(low, high):
                return self.terms.all_of([self.terms.integer(low) <= term, term <= self.terms.integer(high)])
            case Sort() if self.universe is not None:
                return self.terms.any_of([term == element for element in self.elements(type_) or ()])
            case Option(of):
                shape = self.sort(type_)
                inside = self.typing(shape.accessor(1, 0)(term), of)
                return None if inside is None else self.terms.any_of([shape.recognizer(0)(term), inside])
            case _:
                return None

    def typed_functions(self, names: Iterable[str]) -> list[Term]:
        """In a universe: every cell of the functions holds a value of its type."""
        found: list[Term] = []
        for name in names:
            function = self.system.function[name]
            for cell in product(*(self.elements(type_) or () for type_ in function.domain)):
                said = self.typing(self.function(name)(*cell), function.range)
                found.extend(() if said is None else (said,))
        return found

    def axioms(self) -> list[Term]:
        """Elements of a sort that a spec names, or that the universe has, differ from one another."""
        return [
            self.terms.distinct([self.value(index, sort) for index in indices])
            for sort, indices in self._elements_by_sort().items()
            if len(indices) > 1
        ]

    def _elements_by_sort(self) -> dict[Sort, list[int]]:
        named = fixed_elements(self.system)
        if self.universe is None:
            return {sort: sorted(indices) for sort, indices in named.items()}
        return {sort: list(range(self.universe.size(sort))) for sort in self.system.sorts}

    def variables(self, variables: Sequence[Variable]) -> tuple[dict[str, Term], list[Term]]:
        """A constant for each variable, whose name is no function's, and what says that it is of its type."""
        bound = {variable.name: self._variable(variable) for variable in variables}
        typed = (self.typing(bound[variable.name], variable.type) for variable in variables)
        return bound, [said for said in typed if said is not None]

    def _variable(self, variable: Variable) -> Term:
        return self.terms.constant(f"?{variable.name}", self.sort(variable.type))

    def term(self, expression: Expression, environment: Environment = MappingProxyType({})) -> Term:
        """The meaning of an expression in the state that the functions describe.

        A variable is what the environment has for it, else the constant of its name (see `variables`). Without any
        such value terms are remembered: what obligations are about has most of its parts in common.
        """
        if environment:
            return self._made(expression, environment)
        known = self._known.get(id(expression))
        if known is None:
            known = self._known[id(expression)] = expression, self._made(expression, environment)
        return known[1]

    def _made(self, expression: Expression, environment: Environment) -> Term:
        match expression:
            case Literal(value, type_):
                return self.value(value, type_)
            case Variable(name):
                return environment[name] if name in environment else self._variable(expression)
            case Read(function, arguments):
                return self.function(function)(*(self.term(argument, environment) for argument in arguments))
            case Apply("value", (option,)):
                shape, inside = self.sort(option.type), self.term(option, environment)
                content = shape.accessor(1, 0)(inside)
                return self.terms.conditional(shape.recognizer(0)(inside), self.first(expression.type), content)
            case Apply("just", (inside,)):
                return self.sort(expression.type).constructor(1)(self.term(inside, environment))
            case Apply(operation, arguments):
                return OPERATIONS[operation](self.terms, *(self.term(part, environment) for part in arguments))
            case Quantifier(kind, variables, body):
                return self._quantified(kind == "all", variables, body, environment)

    def _quantified(
        self, universal: bool, variables: tuple[Variable, ...], body: Expression, environment: Environment
    ) -> Term:
        if not variables:
            return self.term(body, environment)
        variable, rest = variables[0], variables[1:]
        values = self.elements(variable.type)
        if values is not None and (self.universe is not None or len(values) <= EXPANDED):
            cases = [self._quantified(universal, rest, body, {**environment, variable.name: value}) for value in values]
            return self.terms.all_of(cases) if universal else self.terms.any_of(cases)
        bound = self._variable(variable)
        hidden = {name: value for name, value in environment.items() if name != variable.name}
        inner = self._quantified(universal, rest, body, hidden)
        said = self.typing(bound, variable.type)
        if said is not None:
            inner = self.terms.implies(said, inner) if universal else self.terms.all_of([said, inner])
        return self.terms.quantified("all" if universal else "some", [bound], inner)


_WIDE = Option(Int(0, 0))
"""Options of integers share one z3 sort, whatever their ranges."""

OPERATIONS: Mapping[str, Callable[..., Term]] = MappingProxyType(
    {
        "not": lambda terms, a: terms.negation(a),
        "and": lambda terms, *parts: terms.all_of(parts),
        "or": lambda terms, *parts: terms.any_of(parts),
        "implies": lambda terms, a, b: terms.implies(a, b),
        "==": lambda _, a, b: a == b,
        "<": lambda _, a, b: a < b,
        "<=": lambda _, a, b: a <= b,
        "+": lambda _, a, b: a + b,
        "-": lambda _, a, b: a - b,
        "if": lambda terms, condition, then, otherwise: terms.conditional(condition, then, otherwise),
    }
)
"""As `hvmodel.semantics.OPERATIONS`, on terms. `just` and `value` need their types and stand in `term`."""


def fixed_elements(system: System) -> dict[Sort, frozenset[int]]:
    """The elements of each sort that a spec tells apart: its constants and what functions start with."""
    found: dict[Sort, frozenset[int]] = {}
    for literal in (*system.constants, *(function.initial for function in system.functions)):
        sort = literal.type.of if isinstance(literal.type, Option) else literal.type
        if isinstance(sort, Sort) and isinstance(literal.value, int):
            found[sort] = found.get(sort, frozenset()) | {literal.value}
    return found
