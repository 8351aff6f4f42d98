"""Random small systems for engines to be compared on: sorts, options, enums, ints, binders, quantified guards.

`systems()` draws a `Drawn`: a system with properties of every claim, and a scope. Every expression is total and no
write leaves its range unless an obligation of the same action says so, as the compiler promises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from random import Random

from hypothesis import strategies as st

from hvmodel.expression import (
    FALSE,
    Apply,
    Expression,
    Literal,
    Quantifier,
    Read,
    Variable,
    conditional,
    conjunction,
    disjunction,
    equality,
    implication,
    just,
    negation,
    none,
    value_of,
)
from hvmodel.system import IDLE, Action, ActionKind, Function, Guard, Obligation, Property, Scope, System, Thread, Write
from hvmodel.types import BOOL, Bool, Enum, Int, Option, Sort, Type

VM = Sort("VM")
DATA = Sort("DATA")
MODE = Enum("MODE", ("off", "on", "lost"))
SMALL = Int(-1, 1)
COUNT = Int(0, 2)
PLACES = Enum("Worker.places", (IDLE, "first", "second"))
MORE_PLACES = Enum("Worker.places", (*PLACES.values, "third", "fourth"))
ZERO = Literal(0, DATA, "zero")

RANGES: tuple[Type, ...] = (BOOL, COUNT, SMALL, VM, DATA, MODE, Option(VM), Option(DATA), Option(SMALL), Option(MODE))
DOMAINS: tuple[tuple[Type, ...], ...] = ((), (), (VM,), (BOOL,), (COUNT,), (Option(DATA),))
NAMES = ("f", "g", "h", "i")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A random system and a scope for it."""

    system: System
    scope: Scope


@dataclass
class Names:
    """Fresh names for bound variables, as the compiler numbers them."""

    made: int = 0

    def fresh(self, type_: Type) -> Variable:
        self.made += 1
        return Variable(f"x{self.made}", type_)


@dataclass(frozen=True)
class Grammar:
    """Makes one item (a function, an action, a property) at random.

    Hypothesis draws how many items there are and a seed for each, so that shrinking drops whole items; were it to
    draw every choice, most systems would hardly move.
    """

    random: Random
    functions: tuple[Function, ...]
    names: Names

    def some(self, most: int) -> int:
        """A number from 0 to `most`."""
        return self.random.randrange(most + 1)

    def value(self, type_: Type, variables: tuple[Variable, ...], depth: int = 2) -> Expression:
        """An expression of a type, all of whose values lie in it."""
        makers: list[Callable[[], Expression]] = [lambda: self.constant(type_)]
        makers += [lambda variable=variable: variable for variable in variables if variable.type == type_] * 3
        if depth > 0:
            for function in self.functions:
                if function.range == type_:
                    makers += [lambda function=function: self.read(function, variables, depth - 1)] * 2
                elif function.range == Option(type_):  # type: ignore[arg-type]
                    makers.append(lambda function=function: value_of(self.read(function, variables, depth - 1)))
            makers.append(lambda: self.choice(type_, variables, depth - 1))
            if isinstance(type_, Option):
                makers.append(lambda: just(self.value(type_.of, variables, depth - 1)))
            if type_ == BOOL:
                makers.append(lambda: self.condition(variables, depth - 1))
        return makers[self.some(len(makers) - 1)]()

    def constant(self, type_: Type) -> Expression:
        match type_:
            case Bool():
                return Literal(bool(self.some(1)), BOOL)
            case Int(low, high):
                return Literal(low + self.some(high - low), type_)
            case Enum(_, values):
                return Literal(values[self.some(len(values) - 1)], type_)
            case Sort():
                return Literal(0, type_, "zero")
            case Option(of):
                return none(of) if self.some(1) else just(self.constant(of))

    def choice(self, type_: Type, variables: tuple[Variable, ...], depth: int) -> Expression:
        condition = self.condition(variables, depth)
        return conditional(condition, self.value(type_, variables, depth), self.value(type_, variables, depth))

    def read(self, function: Function, variables: tuple[Variable, ...], depth: int) -> Read:
        return function.at(*(self.value(type_, variables, depth) for type_ in function.domain))

    def condition(self, variables: tuple[Variable, ...], depth: int = 2) -> Expression:
        makers = [self._comparison, self._comparison, self._order]
        if depth > 0:
            makers += [self._junction, self._quantifier, self._negation, self._implication]
        return makers[self.some(len(makers) - 1)](variables, depth)

    def _comparison(self, variables: tuple[Variable, ...], depth: int) -> Expression:
        known = [lambda variable=variable: variable for variable in variables]
        known += [lambda function=function: self.read(function, variables, 1) for function in self.functions]
        left = known[self.some(len(known) - 1)]()
        right = self.value(left.type, variables, depth - self.some(1))
        return equality(left, right)

    def _order(self, variables: tuple[Variable, ...], depth: int) -> Expression:
        left, right = (self.sum(variables, depth) for _ in range(2))
        return Apply("<" if self.some(1) else "<=", (left, right), BOOL)

    def sum(self, variables: tuple[Variable, ...], depth: int) -> Expression:
        """Whole numbers from either int type; sums have a wider one."""
        parts = [self.value(SMALL if self.some(1) else COUNT, variables, depth) for _ in range(1 + self.some(1))]
        operation = "+" if self.some(1) else "-"
        return reduce(lambda left, right: Apply(operation, (left, right), Int(-3, 4)), parts)  # type: ignore[arg-type]

    def _junction(self, variables: tuple[Variable, ...], depth: int) -> Expression:
        parts = [self.condition(variables, depth - 1) for _ in range(2 + self.some(1))]
        return conjunction(parts) if self.some(1) else disjunction(parts)

    def _negation(self, variables: tuple[Variable, ...], depth: int) -> Expression:
        return negation(self.condition(variables, depth - 1))

    def _implication(self, variables: tuple[Variable, ...], depth: int) -> Expression:
        return implication(self.condition(variables, depth - 1), self.condition(variables, depth - 1))

    def _quantifier(self, variables: tuple[Variable, ...], depth: int) -> Expression:
        types = (VM, DATA, BOOL, COUNT, MODE, Option(VM))
        bound = tuple(self.names.fresh(types[self.some(len(types) - 1)]) for _ in range(1 + self.some(1)))
        body = self.condition((*variables, *bound), depth - 1)
        return Quantifier("all" if self.some(1) else "some", bound, body)

    def next(self, function: Function, indices: tuple[Expression, ...], variables: tuple[Variable, ...]) -> Expression:
        """The value after a cell's own, round and round, so that runs go somewhere."""
        now = function.at(*indices)
        match function.range:
            case Bool():
                return negation(now)
            case Int(low, high) as type_:
                more = Apply("+", (now, Literal(1, Int(1, 1))), type_)
                return conditional(Apply("<", (now, Literal(high, type_)), BOOL), more, Literal(low, type_))
            case Enum(_, names) as type_:
                values = [Literal(name, type_) for name in names]
                rest: Expression = values[0]
                for this, after in pairwise(values):
                    rest = conditional(equality(now, this), after, rest)
                return rest
            case Option(of):
                return conditional(equality(now, none(of)), just(self.value(of, variables, 1)), none(of))
            case Sort():
                others = [variable for variable in variables if variable.type == function.range]
                return others[0] if others else self.value(function.range, variables, 2)

    def write(self, variables: tuple[Variable, ...]) -> tuple[Write, tuple[Obligation, ...]]:
        """A write, and what must hold for it when it counts up or down."""
        function = self.functions[self.some(len(self.functions) - 1)]
        indices: list[Expression] = []
        binders: list[Variable] = []
        for type_ in function.domain:
            if self.some(1):
                binders.append(self.names.fresh(type_))
                indices.append(binders[-1])
            else:
                indices.append(self.value(type_, variables, 1))
        seen = (*variables, *binders)
        where = self.condition(seen, 1) if not self.some(2) else conjunction(())
        value = self.next(function, tuple(indices), seen) if self.some(2) else self.value(function.range, seen, 2)
        obligations: tuple[Obligation, ...] = ()
        if isinstance(function.range, Int) and not self.some(3):
            value = Apply("+" if self.some(1) else "-", (value, Literal(1, Int(1, 1))), Int(-2, 3))
            low, high = Literal(function.range.low, function.range), Literal(function.range.high, function.range)
            inside = conjunction((Apply("<=", (low, value), BOOL), Apply("<=", (value, high), BOOL)))
            obligations = (Obligation("range", inside, "out of range", tuple(binders), where),)
        return Write(function.name, tuple(indices), value, tuple(binders), where), obligations


def _function(grammar: Grammar, name: str) -> Function:
    range_ = RANGES[grammar.some(len(RANGES) - 1)]
    initial = grammar.constant(range_)
    if isinstance(initial, Apply):
        inner = initial.arguments[0]
        assert isinstance(inner, Literal)
        initial = Literal(inner.value, range_)
    assert isinstance(initial, Literal)
    return Function(name, DOMAINS[grammar.some(len(DOMAINS) - 1)], range_, initial)


def _action(grammar: Grammar, name: str, free: bool) -> Action:
    """A step without a thread; one that is `free` can always be taken."""
    types = (VM, DATA, BOOL, COUNT, Option(VM))
    parameters = tuple(grammar.names.fresh(types[grammar.some(len(types) - 1)]) for _ in range(grammar.some(2)))
    guards = [Guard(f"g{i}", grammar.condition(parameters)) for i in range(0 if free else grammar.some(2))]
    return _finished(grammar, Action(name, _kind(grammar), parameters, tuple(guards), fair=bool(grammar.some(1))))


def _kind(grammar: Grammar) -> ActionKind:
    kinds: tuple[ActionKind, ...] = ("protocol", "protocol", "environment", "fault")
    return kinds[grammar.some(3)]


def _finished(grammar: Grammar, action: Action) -> Action:
    made = [grammar.write(action.parameters) for _ in range((1, 1, 2, 2)[grammar.some(3)])]
    writes = tuple(write for write, _ in made)
    obligations = tuple(obligation for _, some in made for obligation in some)
    return replace(action, writes=(*action.writes, *writes), obligations=(*action.obligations, *obligations))


def _move(grammar: Grammar, thread: Thread, control: Function, number: int, plain: bool = False) -> Action:
    """A step of a thread from one of its locations to another. Of `plain` ones many do nothing else."""
    more = tuple(grammar.names.fresh(DATA) for _ in range(grammar.some(1)))
    parameters = (*(grammar.names.fresh(parameter.type) for parameter in thread.parameters), *more)
    own = parameters[: len(thread.parameters)]
    places = MORE_PLACES if plain else PLACES
    source = Literal(places.values[number % len(places.values)], places)
    target = Literal(places.values[grammar.some(len(places.values) - 1)], places)
    guards = [Guard("at", equality(control.at(*own), source), "control")]
    guards += [Guard(f"g{i}", grammar.condition(parameters, 1)) for i in range(grammar.some(1))]
    moved = Write(control.name, own, target)
    fair = bool(grammar.some(2))
    if plain and grammar.some(2):
        kind: ActionKind = "protocol" if grammar.some(3) else "fault"
        some, asked = (parameters, guards) if not grammar.some(4) else (own, guards[:1])
        return Action(f"move{number}", kind, some, tuple(asked), (moved,), thread=thread.name, fair=fair)
    action = Action(f"move{number}", "protocol", parameters, tuple(guards), (moved,), thread=thread.name, fair=fair)
    return _finished(grammar, action)


def _properties(grammar: Grammar, actions: tuple[Action, ...]) -> tuple[Property, ...]:

    def closed() -> Expression:
        return grammar.condition((), 2)

    forbidden = frozenset({actions[grammar.some(len(actions) - 1)].name})
    return (
        Property("Always", "always", closed(), witness=closed()),
        Property("AtMost", "at most", closed()),
        Property("Invariant", "invariant", closed(), witness=closed()),
        Property("Never", "never", forbidden=forbidden),
        Property("Cover", "cover", closed()),
        Property("Preconditions", "obligations", witness=closed()),
        Property("Deadlock", "deadlock", closed() if grammar.some(1) else FALSE, witness=closed()),
        Property("Answered", "leads to", closed(), trigger=closed()),
        Property("Again", "leads to", closed(), trigger=closed(), witness=closed()),
    )


@st.composite
def systems(draw: Callable[[st.SearchStrategy[int]], int], plain: bool = False) -> Drawn:
    """A system of up to four functions and seven actions, with a thread for each machine, one thread, or none.

    With `plain`, there are threads, many of whose steps only move them on, and few ask where they are.
    """
    names = Names()

    def grammar(*functions: Function) -> Grammar:
        return Grammar(Random(draw(st.integers(0, 2**32 - 1))), functions, names)

    functions = tuple(_function(grammar(), name) for name in NAMES[: draw(st.integers(2, 4))])
    threads = draw(st.integers(int(plain), 2))
    indices = (Variable("vm", VM),)[: threads // 2]
    places = MORE_PLACES if plain else PLACES
    control = Function("pc", tuple(index.type for index in indices), places, Literal(IDLE, places), "control")
    thread = Thread("Worker", "pc", "protocol", indices)
    everything = (*functions, control)[: len(functions) + bool(threads)]

    def seen() -> tuple[Function, ...]:
        return functions if plain and draw(st.integers(0, 5)) else everything

    count = draw(st.integers(3, 6) if plain else st.integers(2, 4)) if threads else 0
    moves = [_move(grammar(*seen()), thread, control, i, plain) for i in range(count)]
    actions = (*moves, *(_action(grammar(*seen()), f"act{i}", not i) for i in range(draw(st.integers(1, 3)))))
    system = System(
        "drawn",
        sorts=(VM, DATA),
        constants=(ZERO,),
        functions=everything,
        threads=(thread,) if threads else (),
        actions=actions,
        properties=_properties(grammar(*seen()), actions),
    )
    sizes = (("VM", draw(st.integers(1, 2))), ("DATA", draw(st.integers(1, 2))))
    return Drawn(system, Scope("drawn", sizes))
