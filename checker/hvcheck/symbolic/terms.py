"""The one door to z3: terms, quantifiers and solvers of one context. z3 is imported when the first one is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeAlias
from typing import Literal as OneOf

Term: TypeAlias = Any
"""A z3 expression, sort or function; z3 ships no types."""

Answer: TypeAlias = OneOf["unsat", "sat", "unknown"]

_ANSWERS: Mapping[str, Answer] = MappingProxyType({"unsat": "unsat", "sat": "sat"})

SEED = 0


class Terms:
    """A z3 context of its own, so that what was proved before changes neither names nor answers."""

    def __init__(self) -> None:
        self._z3 = import_module("z3")
        self._context = self._z3.Context()

    @property
    def version(self) -> str:
        return f"z3 {self._z3.get_version_string()}"

    @property
    def boolean_sort(self) -> Term:
        return self._z3.BoolSort(self._context)

    @property
    def integer_sort(self) -> Term:
        return self._z3.IntSort(self._context)

    def sort(self, name: str) -> Term:
        return self._z3.DeclareSort(_symbol(name), self._context)

    def enumeration(self, name: str, values: Sequence[str]) -> tuple[Term, dict[str, Term]]:
        """The sort and its values by name; in z3 a value is called `Enumeration#value`, as they share one space."""
        sort, constants = self._z3.EnumSort(
            _symbol(name), [_symbol(f"{name}#{value}") for value in values], self._context
        )
        return sort, dict(zip(values, constants, strict=True))

    def option(self, name: str, inner: Term) -> Term:
        """A datatype with `none`, `some`, `is_none` and `content`."""
        shape = self._z3.Datatype(_symbol(name), self._context)
        shape.declare(_symbol(f"{name}#none"))
        shape.declare(_symbol(f"{name}#some"), (_symbol(f"{name}#content"), inner))
        return shape.create()

    def constant(self, name: str, sort: Term) -> Term:
        return self._z3.Const(_symbol(name), sort)

    def function(self, name: str, domain: Sequence[Term], codomain: Term) -> Callable[..., Term]:
        if not domain:
            value = self.constant(name, codomain)
            return lambda: value
        function: Callable[..., Term] = self._z3.Function(_symbol(name), *domain, codomain)
        return function

    def boolean(self, value: bool) -> Term:
        return self._z3.BoolVal(value, self._context)

    def integer(self, value: int) -> Term:
        return self._z3.IntVal(value, self._context)

    def all_of(self, parts: Iterable[Term]) -> Term:
        kept = list(parts)
        return kept[0] if len(kept) == 1 else self._z3.And(*kept) if kept else self.boolean(True)

    def any_of(self, parts: Iterable[Term]) -> Term:
        kept = list(parts)
        return kept[0] if len(kept) == 1 else self._z3.Or(*kept) if kept else self.boolean(False)

    def negation(self, term: Term) -> Term:
        return self._z3.Not(term)

    def implies(self, condition: Term, consequence: Term) -> Term:
        return self._z3.Implies(condition, consequence)

    def conditional(self, condition: Term, then: Term, otherwise: Term) -> Term:
        return self._z3.If(condition, then, otherwise)

    def distinct(self, parts: Sequence[Term]) -> Term:
        return self._z3.Distinct(*parts)

    def quantified(self, kind: OneOf["all", "some"], variables: Sequence[Term], body: Term) -> Term:
        build = self._z3.ForAll if kind == "all" else self._z3.Exists
        return build(list(variables), body)

    def solver(self, effort: int) -> Solver:
        """`effort` is z3's `rlimit` for each check: the same work on every machine, unlike seconds."""
        solver = self._z3.SimpleSolver(self._context)
        solver.set("rlimit", effort)
        solver.set("random_seed", SEED)
        return Solver(solver)

    def parsed(self, text: str) -> Answer:
        """The answer to an SMT-LIB 2 script's assertions, read back from its text."""
        solver = self._z3.SimpleSolver(self._context)
        solver.from_string(text)
        return _ANSWERS.get(str(solver.check()), "unknown")


class Solver:
    """An incremental z3 solver; `check` takes assumptions, of which `core` names those that an unsat answer used."""

    def __init__(self, solver: Term) -> None:
        self._solver = solver

    def add(self, term: Term) -> None:
        self._solver.add(term)

    def push(self) -> None:
        self._solver.push()

    def pop(self) -> None:
        self._solver.pop()

    def check(self, assumptions: Sequence[Term] = (), seconds: float | None = None, quick: bool = False) -> Answer:
        """`seconds` only guards the caller's own time budget; meeting it is `unknown`.

        A `quick` check looks for no model of what is quantified: what is not unsat is mostly unknown then.
        """
        self._solver.set("mbqi", not quick)
        if seconds is not None:
            self._solver.set("timeout", max(1, min(int(seconds * 1000), 2**31)))
        return _ANSWERS.get(str(self._solver.check(*assumptions)), "unknown")

    def core(self) -> frozenset[int]:
        """The assumptions that the last unsat answer used, by `identity`."""
        return frozenset(map(identity, self._solver.unsat_core()))

    def value(self, term: Term) -> Term:
        """The term's value in the model of the last sat answer."""
        return self._solver.model().eval(term, model_completion=True)

    def text(self) -> str:
        """The assertions as SMT-LIB 2."""
        return str(self._solver.to_smt2())


def identity(term: Term) -> int:
    """A number that no other term of the context has; to print a term instead takes long."""
    return int(term.get_id())


def _symbol(name: str) -> str:
    """Numbered names have a quote, which z3 prints bare although SMT-LIB has no such symbol."""
    return name.replace("'", "~")
