"""A small backup protocol, built by hand: freeze, snapshot and thaw of every machine, in concurrent branches."""

from __future__ import annotations

from dataclasses import replace

from hvmodel.expression import (
    FALSE,
    TRUE,
    Apply,
    Expression,
    Literal,
    Read,
    Variable,
    conjunction,
    disjunction,
    equality,
    implication,
    negation,
    quantified,
)
from hvmodel.system import (
    Action,
    Event,
    Function,
    Guard,
    Property,
    Reference,
    System,
    Thread,
    Write,
)
from hvmodel.types import BOOL, Enum, Int, Sort, Type

VM, DISK, BLOCK, DATA = Sort("VM"), Sort("DISK"), Sort("BLOCK"), Sort("DATA")
BACKUP = Enum("Backup", ("idle", "start", "waits", "done"))
BRANCH = Enum("Branch", ("idle", "freeze", "snap", "thaw"))
ZERO = Literal(0, DATA, "zero")
LEFT = Int(0, 2)
vm, other, disk, block, data = (
    Variable("vm", VM), Variable("other", VM), Variable("d", DISK), Variable("b", BLOCK), Variable("x", DATA)
)  # fmt: skip


def function(name: str, domain: tuple[Type, ...], range_: Type, initial: object, **more: object) -> Function:
    value = initial if isinstance(initial, Literal) else Literal(initial, range_)  # type: ignore[arg-type]
    return Function(name, domain, range_, value, **more)  # type: ignore[arg-type]


CELL = (VM, DISK, BLOCK)
FUNCTIONS = {
    item.name: item
    for item in (
        function("backup", (), BACKUP, "idle", role="control"),
        function("branch", (VM,), BRANCH, "idle", role="control"),
        function("frozen", (VM,), BOOL, False),
        function("captured", (VM,), BOOL, False, role="ghost"),
        function("disk", CELL, DATA, ZERO),
        function("taken", CELL, DATA, ZERO),
        function("recovered", CELL, DATA, ZERO, role="ghost"),
        function("writes", (), LEFT, 2, role="budget"),
    )
}


def at(name: str, *arguments: Expression) -> Read:
    return FUNCTIONS[name].at(*arguments)


def backup_at(*places: str) -> Expression:
    return disjunction(equality(at("backup"), Literal(place, BACKUP)) for place in places)


def branch_at(who: Variable, *places: str) -> Expression:
    return disjunction(equality(at("branch", who), Literal(place, BRANCH)) for place in places)


def every(variables: tuple[Variable, ...], body: Expression) -> Expression:
    return quantified("all", variables, body)


def put(name: str, *indices: Expression, value: Expression) -> Write:
    return Write(name, indices, value)


def go_backup(place: str) -> Write:
    return put("backup", value=Literal(place, BACKUP))


def go_branch(place: str) -> Write:
    return put("branch", vm, value=Literal(place, BRANCH))


def image(target: str) -> Write:
    """Copy this machine's disks, all blocks of them at once."""
    return Write(target, (vm, disk, block), at("disk", vm, disk, block), binders=(disk, block))


def guards(*expressions: Expression) -> tuple[Guard, ...]:
    return tuple(Guard(f"guard {position}", expression) for position, expression in enumerate(expressions))


def protocol(name: str, parameters: tuple[Variable, ...], when: tuple[Expression, ...], *writes: Write) -> Action:
    event = Event("step", name, Reference("Vss", tuple(parameters)))
    return Action(name, "protocol", parameters, guards(*when), writes, (event,))


OTHERS_IDLE = every((other,), disjunction((equality(other, vm), branch_at(other, "idle"))))

WRITE = Action(
    "Write",
    "environment",
    (vm, disk, block, data),
    (
        *guards(negation(at("frozen", vm))),
        Guard("budget", Apply("<", (Literal(0, LEFT), at("writes")), BOOL), role="budget"),
    ),
    (
        put("disk", vm, disk, block, value=data),
        put("writes", value=Apply("-", (at("writes"), Literal(1, LEFT)), LEFT)),
    ),
)

ACTIONS = (
    protocol("Begin", (), (backup_at("idle"),), go_backup("start")),
    protocol("Fork", (), (backup_at("start"),), go_backup("waits"),
             Write("branch", (other,), Literal("freeze", BRANCH), binders=(other,))),
    protocol("Freeze", (vm,), (branch_at(vm, "freeze"),), put("frozen", vm, value=TRUE), image("recovered"),
             go_branch("snap")),
    protocol("Snap", (vm,), (branch_at(vm, "snap"),), image("taken"), put("captured", vm, value=TRUE),
             go_branch("thaw")),
    protocol("Thaw", (vm,), (branch_at(vm, "thaw"), negation(OTHERS_IDLE)), put("frozen", vm, value=FALSE),
             go_branch("idle")),
    protocol("ThawLast", (vm,), (branch_at(vm, "thaw"), OTHERS_IDLE), put("frozen", vm, value=FALSE),
             go_branch("idle"), go_backup("done")),
    WRITE,
)  # fmt: skip

SAME = equality(at("taken", vm, disk, block), at("recovered", vm, disk, block))
MOVED = negation(equality(at("disk", vm, disk, block), at("taken", vm, disk, block)))
DRIFT = quantified("some", (vm, disk, block), conjunction((at("captured", vm), MOVED)))
CONSISTENT = Property(
    "Consistent", "always", every((vm, disk, block), implication(at("captured", vm), SAME)), witness=DRIFT
)


def lemma(name: str, *parts: Expression) -> Property:
    return Property(name, "invariant", conjunction(every((vm, disk, block), part) for part in parts), witness=TRUE)


HELD = lemma(
    "Held", implication(branch_at(vm, "snap"), conjunction((at("frozen", vm), equality(
        at("disk", vm, disk, block), at("recovered", vm, disk, block)))))
)  # fmt: skip
EARLY = disjunction((backup_at("idle", "start"), branch_at(vm, "freeze", "snap")))
FRESH = lemma("Fresh", implication(EARLY, negation(at("captured", vm))))
THREADS = (
    Thread("Backup", "backup", "protocol"),
    Thread("Branch", "branch", "branch", (vm,), "Backup", "waits"),
)


def system(*lemmas: Property, actions: tuple[Action, ...] = ACTIONS) -> System:
    return System(
        "sample",
        sorts=(VM, DISK, BLOCK, DATA),
        constants=(ZERO,),
        functions=tuple(FUNCTIONS.values()),
        threads=THREADS,
        actions=actions,
        properties=(CONSISTENT, *lemmas),
        budgets=(("Write", 2), ("GuestCrash", 0)),
        enums=(BACKUP, BRANCH),
    )


def changed(name: str, **fields: object) -> tuple[Action, ...]:
    """The sample's actions with one of them changed: a mutant."""
    return tuple(replace(a, **fields) if a.name == name else a for a in ACTIONS)  # type: ignore[arg-type]


FULL = system(HELD, FRESH)
