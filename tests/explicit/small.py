"""Small systems built by hand, whose states one can count on paper."""

from __future__ import annotations

from hvmodel.expression import Apply, Expression, Literal, Quantifier, Variable, equality, just
from hvmodel.system import IDLE, Action, ActionKind, Function, Guard, Property, Scope, System, Thread, Write
from hvmodel.types import BOOL, Enum, Int, Option, Sort

VM = Sort("VM")
NONE = Scope("none", ())
ONE = Scope("one", (("VM", 1),))
TWO = Scope("two", (("VM", 2),))
THREE = Scope("three", (("VM", 3),))

vm = Variable("vm", VM)


def act(
    name: str,
    guards: tuple[Expression, ...] = (),
    writes: tuple[Write, ...] = (),
    kind: ActionKind = "protocol",
    fair: bool = True,
) -> Action:
    """A step without parameters or thread."""
    return Action(name, kind, guards=named(guards), writes=writes, fair=fair)


def named(guards: tuple[Expression, ...]) -> tuple[Guard, ...]:
    return tuple(Guard(f"guard {i}", guard) for i, guard in enumerate(guards))


def number(value: int) -> Literal:
    return Literal(value, Int(value, value))


def counted(high: int, low: int = 0) -> Function:
    """`n`, a number from `low`, where it begins, to `high`."""
    type_ = Int(low, high)
    return Function("n", (), type_, Literal(low, type_))


def n_is(value: int, high: int, low: int = 0) -> Expression:
    return equality(counted(high, low).at(), Literal(value, Int(low, high)))


def counter(high: int, *properties: Property, low: int = 0, more: tuple[Action, ...] = (), fair: bool = True) -> System:
    """`n` goes up one at a time: `high - low + 1` states, `high - low` transitions."""
    n = counted(high, low)
    up = act(
        "up",
        (Apply("<", (n.at(), number(high)), BOOL),),
        (Write("n", (), Apply("+", (n.at(), number(1)), n.range)),),
        fair=fair,
    )
    return System("counter", functions=(n,), actions=(up, *more), properties=properties)


LOCATIONS = Enum("LOCATIONS", (IDLE, "frozen", "done"))
PC = Function("pc", (VM,), LOCATIONS, Literal(IDLE, LOCATIONS), role="control")
OWNER = Function("owner", (), Option(VM), Literal(None, Option(VM)))
NOBODY = Literal(None, Option(VM))


def at(machine: Expression, location: str) -> Expression:
    return equality(PC.at(machine), Literal(location, LOCATIONS))


def some_at(location: str) -> Expression:
    return Quantifier("some", (vm,), at(vm, location))


def all_at(location: str) -> Expression:
    return Quantifier("all", (vm,), at(vm, location))


def move(location: str) -> Write:
    return Write("pc", (vm,), Literal(location, LOCATIONS))


def lock(*properties: Property, fair: bool = True, exclusive: bool = True, released: bool = True) -> System:
    """Each machine freezes, taking the one lock, and then is done, giving it back."""
    free = (equality(OWNER.at(), NOBODY),) if exclusive else ()
    release = (Write("owner", (), NOBODY),) if released else ()
    freeze = Action(
        "freeze",
        "protocol",
        (vm,),
        named((at(vm, IDLE), *free)),
        (move("frozen"), Write("owner", (), just(vm))),
        thread="backup",
        fair=fair,
    )
    thaw = Action(
        "thaw", "protocol", (vm,), named((at(vm, "frozen"),)), (move("done"), *release), thread="backup", fair=fair
    )
    return System(
        "lock",
        sorts=(VM,),
        functions=(PC, OWNER),
        threads=(Thread("backup", "pc", "protocol", (vm,)),),
        actions=(freeze, thaw),
        properties=properties,
    )
