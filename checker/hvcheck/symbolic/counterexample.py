"""A counterexample to induction in the smallest universe that has one: not a bug, but a state no lemma excludes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hvmodel.dataclass import dataclass
from hvmodel.expression import reads, show_value
from hvmodel.semantics import Bindings, Step, apply, holds, is_enabled
from hvmodel.state import Layout, State, values
from hvmodel.system import Scope
from hvmodel.types import Type, Value

from .induction import Clock, Failure
from .prepared import Prepared
from .support import Cell, support
from .terms import Solver, Terms
from .translate import Translation, fixed_elements

LARGEST = 3
"""Universes with more elements of a sort than this are not tried (but for a sort with more constants)."""

EFFORT = 20_000_000


@dataclass(frozen=True, slots=True)
class CounterexampleToInduction:
    """A state in which all conjuncts hold and a step after which one does not; checked by the reference semantics.

    `before` and `after` give the cells that matter; nothing says that any run gets to that state.
    """

    layout: Layout
    state: State
    step: Step
    successor: State
    cells: tuple[Cell, ...]

    def lines(self) -> tuple[str, ...]:
        """One line a cell: `name = value`, or `name: before -> after`."""
        return tuple(self._line(cell) for cell in self.cells)

    def _line(self, cell: Cell) -> str:
        i = self.layout.index[cell]
        type_ = self.layout.cells[i][0].range
        before, after = show_value(self.state.values[i], type_), show_value(self.successor.values[i], type_)
        name = self.layout.cell_name(i)
        return f"{name} = {before}" if before == after else f"{name}: {before} -> {after}"

    def call(self) -> str:
        """The step as `Action(vm0, disk1)`."""
        parameters = self.layout.system.action[self.step.action].parameters
        shown = [show_value(value, p.type) for value, p in zip(self.step.arguments, parameters, strict=True)]
        return f"{self.step.action}({', '.join(shown)})" if shown else self.step.action


def search(prepared: Prepared, failure: Failure, clock: Clock) -> CounterexampleToInduction | None:
    """The first one in universes of growing size, then with as few elements of each sort as will do."""
    if failure.obligation.key.kind != "after":
        return None
    for size in range(1, LARGEST + 1):
        found = _within(prepared, failure, clock, _scope(prepared, size))
        if found is not None:
            return _shrunk(prepared, failure, clock, found)
    return None


def _scope(prepared: Prepared, size: int) -> Scope:
    fixed = {sort: max(indices) + 1 for sort, indices in fixed_elements(prepared.system).items()}
    return Scope("", tuple((sort.name, max(size, fixed.get(sort, 1))) for sort in prepared.system.sorts))


def _shrunk(
    prepared: Prepared, failure: Failure, clock: Clock, found: CounterexampleToInduction
) -> CounterexampleToInduction:
    least = dict(_scope(prepared, 1).sizes)
    for name in least:
        while (size := dict(found.layout.scope.sizes)[name]) > least[name]:
            sizes = tuple((other, size - 1 if other == name else n) for other, n in found.layout.scope.sizes)
            smaller = _within(prepared, failure, clock, Scope("", sizes))
            if smaller is None:
                break
            found = smaller
    return found


def _within(prepared: Prepared, failure: Failure, clock: Clock, scope: Scope) -> CounterexampleToInduction | None:
    """Ask for a state of the scope; None if there is none, or if the solver or the clock gives up."""
    if clock.is_over():
        return None
    obligation = failure.obligation
    translation = Translation(terms := Terms(), prepared.system, scope)
    solver = terms.solver(EFFORT)
    bound, typed = translation.variables(obligation.variables)
    expressions = [*(other.expression for other in failure.hypotheses), obligation.premise, obligation.denial]
    mentioned = frozenset[str]().union(*map(reads, expressions))
    meanings = (translation.term(expression, bound) for expression in expressions)
    for said in (*translation.axioms(), *typed, *meanings, *translation.typed_functions(sorted(mentioned))):
        solver.add(said)
    if solver.check((), clock.left()) != "sat":
        return None
    model = _Model(translation, solver, scope)
    layout = Layout(prepared.system, scope)
    bindings = {variable.name: model.value(bound[variable.name], variable.type) for variable in obligation.variables}
    try:
        return _checked(prepared, failure, layout, model.state(layout, mentioned), bindings)
    except KeyError:
        return None  # the step leaves a number's range and then uses it as an index: no state of the scope


class _Model:
    """A solver's model in a universe, read back as plain values."""

    def __init__(self, translation: Translation, solver: Solver, scope: Scope) -> None:
        self._translation = translation
        self._solver = solver
        self._scope = scope
        self._readings: dict[Type, dict[str, Value]] = {}

    def value(self, term: object, type_: Type) -> Value:
        if type_ not in self._readings:
            elements = self._translation.elements(type_) or []
            shown = (str(self._solver.value(element)) for element in elements)
            self._readings[type_] = dict(zip(shown, values(type_, self._scope), strict=True))
        return self._readings[type_][str(self._solver.value(term))]

    def state(self, layout: Layout, mentioned: frozenset[str]) -> State:
        """Functions that nothing mentions keep their initial values."""
        return State(tuple(self._cells(layout, mentioned)))

    def _cells(self, layout: Layout, mentioned: frozenset[str]) -> Iterator[Value]:
        for function, arguments in layout.cells:
            if function.name not in mentioned:
                yield function.initial.value
                continue
            places = [self._translation.value(v, t) for v, t in zip(arguments, function.domain, strict=True)]
            yield self.value(self._translation.function(function.name)(*places), function.range)


def _checked(
    prepared: Prepared, failure: Failure, layout: Layout, state: State, bindings: Bindings
) -> CounterexampleToInduction:
    """The solver's model as a step of the reference semantics; raises if the two do not agree."""
    obligation, goal = failure.obligation, failure.conjunct.expression
    action = prepared.actions[obligation.key.action]
    step = Step(action.name, tuple(bindings[parameter.name] for parameter in action.parameters))
    successor = apply(layout, state, step)
    agreed = (
        all(holds(hypothesis.expression, layout, state) for hypothesis in failure.hypotheses)
        and is_enabled(layout.system.action[step.action], step.arguments, layout, state)
        and not holds(goal, layout, successor)
    )
    if not agreed:
        raise DisagreementError(f"{obligation.key}: the solver's model is not one of the reference semantics")
    shown = set(support(obligation.premise, layout, state, bindings))
    shown |= support(obligation.denial, layout, state, bindings)
    shown |= {cell for cell in support(goal, layout, successor, {}) if _differs(layout, cell, state, successor)}
    return CounterexampleToInduction(layout, state, step, successor, _in_order(layout, shown))


class DisagreementError(Exception):
    """The translation and the reference semantics differ: a fault of this tool, never a verdict."""


def _differs(layout: Layout, cell: Cell, state: State, successor: State) -> bool:
    return state.values[layout.index[cell]] != successor.values[layout.index[cell]]


def _in_order(layout: Layout, cells: Iterable[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=layout.index.__getitem__))
