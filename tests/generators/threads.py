"""Random systems of threads that pass values on, for what depends on where threads are.

Threads with parameters move one another, as faults do; cells are indexed by a thread's own parameters, by others, by
what cells hold, by binders; writes overwrite all, some, or sometimes, and one step may write a cell several times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from hvmodel.expression import TRUE, Apply, Expression, Literal, Variable, conditional, equality, negation
from hvmodel.system import IDLE, Action, Function, Guard, Obligation, Property, Scope, System, Thread, Write
from hvmodel.types import BOOL, Enum, Int, Option, Type

from .systems import COUNT, DATA, MODE, VM, ZERO, Drawn, Grammar, Names

NUMBER = Int(0, 1)
"""Narrower than COUNT, as whose index it may stand."""

_PARAMETERS: tuple[tuple[Type, ...], ...] = ((), (VM,), (VM,), (VM, DATA), (VM, VM), (NUMBER,), (BOOL, VM))
_DOMAINS: tuple[tuple[Type, ...], ...] = ((), (VM,), (VM,), (VM, VM), (VM, DATA), (COUNT,), (BOOL, VM), (Option(VM),))
_RANGES: tuple[Type, ...] = (BOOL, BOOL, COUNT, VM, MODE, Option(VM), Enum("ONE", ("only",)))


@dataclass(frozen=True)
class Weave(Grammar):
    """Values as in any system, but arguments are often variables, of which the first are a thread's own."""

    def value(self, type_: Type, variables: tuple[Variable, ...], depth: int = 2) -> Expression:
        """Also a narrower number for a wider one."""
        fitting = [one for one in variables if one.type == type_ or (type_ == COUNT and one.type == NUMBER)]
        if fitting and self.some(3):
            return fitting[0] if self.some(2) else fitting[self.some(len(fitting) - 1)]
        if type_ == Option(VM) and not self.some(2):
            return Apply("just", (self.value(VM, variables, depth),), type_)
        return super().value(type_, variables, depth)


def threaded(seed: int, size: int = 2) -> Drawn:
    """A system with one to three threads, whose claims read few of its functions, and a scope."""
    random, names = Random(seed), Names()

    def weave(functions: Sequence[Function]) -> Weave:
        return Weave(random, tuple(functions), names)

    plain = weave(())
    kept = [_function(plain, f"f{number}") for number in range(random.randint(1, 4))]
    shown = [Function("shown", (), COUNT, Literal(0, COUNT)), _function(plain, "seen")]
    threads = [_thread(random, number) for number in range(random.randint(1, 3))]
    controls = [control for _, control in threads]
    everything = (*kept, *shown, *controls)
    actions: list[Action] = []
    for thread, control in threads:
        for number in range(random.randint(2, 5)):
            made = _step(weave([*kept, *kept, *shown, *controls[: random.randrange(4) // 2]]), thread, control, number)
            actions.append(_moving(weave(kept), made, threads, random.randrange(3) == 0))
    for number in range(random.randint(0, 2)):
        outside = weave([*shown, *(kept if not random.randrange(6) else ())])
        parameters = tuple(names.fresh(type_) for type_ in random.choice(_PARAMETERS))
        guards = tuple(Guard("g", outside.condition(parameters, 1)) for _ in range(random.randrange(2)))
        kind = random.choice(("fault", "environment", "protocol"))
        made = Action(f"out{number}", kind, parameters, guards, fair=not random.randrange(4))
        made = _writing(weave([*shown, *kept]), outside, made)
        actions.append(_moving(outside, made, threads, bool(random.randrange(2))))
    random.shuffle(actions)
    functions = list(everything)
    random.shuffle(functions)
    claims = _claims(weave([*shown, *controls[: random.randrange(2)]]), [action.name for action in actions])
    system = System(
        f"threads {seed}",
        sorts=(VM, DATA),
        constants=(ZERO,),
        functions=tuple(functions),
        threads=tuple(thread for thread, _ in threads),
        actions=tuple(actions),
        properties=claims,
    )
    return Drawn(system, Scope("drawn", (("VM", size), ("DATA", random.randint(1, 2)))))


def _function(weave: Weave, name: str) -> Function:
    range_ = _RANGES[weave.some(len(_RANGES) - 1)]
    first = weave.constant(range_)
    while isinstance(first, Apply):
        first = first.arguments[0]
    assert isinstance(first, Literal)
    return Function(name, _DOMAINS[weave.some(len(_DOMAINS) - 1)], range_, Literal(first.value, range_))


def _thread(random: Random, number: int) -> tuple[Thread, Function]:
    parameters = tuple(Variable(f"own{number}{k}", type_) for k, type_ in enumerate(random.choice(_PARAMETERS)))
    names = [IDLE, *(f"at{k}" for k in range(1, random.randint(2, 4)))]
    places = Enum(f"T{number}.places", tuple(names))
    domain = tuple(one.type for one in parameters)
    control = Function(f"pc{number}", domain, places, Literal(IDLE, places), "control")
    return Thread(f"T{number}", control.name, "protocol", parameters), control


def _place(weave: Weave, control: Function) -> Literal:
    assert isinstance(control.range, Enum)
    places = control.range.values
    return Literal(places[weave.some(len(places) - 1)], control.range)


def _step(weave: Weave, thread: Thread, control: Function, number: int) -> Action:
    own = tuple(weave.names.fresh(one.type) for one in thread.parameters)
    more = tuple(weave.names.fresh(type_) for type_ in (VM, BOOL)[: weave.some(3) // 2])
    at: Expression = equality(control.at(*own), _place(weave, control))
    if not weave.some(7):
        at = negation(at)
    guards = [Guard("at", at, "control")]
    guards += [Guard("g", weave.condition((*own, *more), 1)) for _ in range(weave.some(1))]
    made = Action(
        f"{thread.name}.{number}",
        "protocol" if weave.some(4) else "fault",
        (*own, *more),
        tuple(guards[1:] if not weave.some(11) else guards),
        thread=thread.name,
        fair=bool(weave.some(2)),
    )
    made = _writing(weave, weave, made)
    moves = [_own_move(weave, control, own, (*own, *more)) for _ in range(weave.some(5) and 1 + (not weave.some(5)))]
    return replace(made, writes=(*made.writes, *moves))


def _own_move(weave: Weave, control: Function, own: tuple[Variable, ...], seen: tuple[Variable, ...]) -> Write:
    value: Expression = _place(weave, control)
    if not weave.some(3):
        value = conditional(weave.condition(seen, 1), value, _place(weave, control))
    if not weave.some(9):
        value = control.at(*own)
    where = TRUE if weave.some(4) else weave.condition(seen, 1)
    return Write(control.name, own, value, where=where)


def _moving(weave: Weave, action: Action, threads: Sequence[tuple[Thread, Function]], wanted: bool) -> Action:
    """The action, which may also move instances of some thread."""
    if not wanted:
        return action
    _, control = threads[weave.some(len(threads) - 1)]
    indices, binders = _indices(weave, control, action.parameters)
    seen = (*action.parameters, *binders)
    where = TRUE if weave.some(2) else weave.condition(seen, 1)
    value: Expression = _place(weave, control)
    if not weave.some(3):
        value = conditional(weave.condition(seen, 1), value, _place(weave, control))
    move = Write(control.name, indices, value, binders, where)
    return replace(action, writes=(*action.writes, move) if weave.some(1) else (move, *action.writes))


def _indices(
    weave: Weave, function: Function, seen: tuple[Variable, ...]
) -> tuple[tuple[Expression, ...], tuple[Variable, ...]]:
    indices: list[Expression] = []
    binders: list[Variable] = []
    for type_ in function.domain:
        if not weave.some(2):
            binders.append(weave.names.fresh(NUMBER if type_ == COUNT and weave.some(1) else type_))
            indices.append(binders[-1])
        elif type_ == NUMBER:
            fitting = [one for one in seen if one.type == NUMBER]
            indices.append(fitting[0] if fitting else Literal(weave.some(1), NUMBER))
        else:
            indices.append(weave.value(type_, seen, 1))
    return tuple(indices), tuple(binders)


def _writing(targets: Weave, weave: Weave, action: Action) -> Action:
    writes = [_write(targets, weave, action.parameters) for _ in range(targets.some(3))]
    duties: tuple[Obligation, ...] = ()
    if not weave.some(9):
        duties = (Obligation("requires", weave.condition(action.parameters, 1), "asked for"),)
    return replace(action, writes=tuple(writes), obligations=duties)


def _write(targets: Weave, weave: Weave, seen: tuple[Variable, ...]) -> Write:
    written = [one for one in targets.functions if one.role != "control"]
    function = written[targets.some(len(written) - 1)]
    indices, binders = _indices(weave, function, seen)
    inner = (*seen, *binders)
    where = TRUE if weave.some(3) else weave.condition(inner, 1)
    value = weave.next(function, indices, inner) if not weave.some(2) else weave.value(function.range, inner, 2)
    return Write(function.name, indices, value, binders, where)


def _claims(weave: Weave, names: Sequence[str]) -> tuple[Property, ...]:

    def closed() -> Expression:
        return weave.condition((), 2)

    return (
        Property("Always", "always", closed(), witness=closed()),
        Property("Invariant", "invariant", closed(), witness=closed()),
        Property("Never", "never", forbidden=frozenset({names[weave.some(len(names) - 1)]})),
        Property("Cover", "cover", closed()),
        Property("Preconditions", "obligations", witness=closed()),
        Property("Deadlock", "deadlock", closed(), witness=closed()),
        Property("Answered", "leads to", closed(), trigger=closed()),
        Property("Again", "leads to", closed(), trigger=closed(), witness=closed()),
    )
