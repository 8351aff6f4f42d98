"""A small backup by hand: the guest writes, a snapshot inside the disk, the host's copy, roll-back in the copy."""

from __future__ import annotations

from hvmodel.expression import (
    TRUE,
    Expression,
    Literal,
    Read,
    Variable,
    equality,
    implication,
    just,
    negation,
    none,
    quantified,
    value_of,
)
from hvmodel.system import (
    Action,
    ActionKind,
    Disk,
    Function,
    Guard,
    Obligation,
    Property,
    Scope,
    StorageCall,
    System,
    Write,
)
from hvmodel.types import BOOL, Enum, Option, Sort

DISK, BLOCK, DATA = Sort("DISK"), Sort("BLOCK"), Sort("DATA")
PC = Enum("PC", ("idle", "prepared", "shadowed", "copied", "reverted", "dropped"))
ZERO = Literal(0, DATA, "zero")
D, B, X = Variable("d", DISK), Variable("b", BLOCK), Variable("x", DATA)

SCOPE = Scope("small", (("DISK", 2), ("BLOCK", 2), ("DATA", 2)))


def _fields(name: str) -> tuple[Function, ...]:
    return (
        Function(f"{name}.now", (DISK, BLOCK), DATA, ZERO),
        Function(f"{name}.diff", (DISK, BLOCK), Option(DATA), none(DATA)),
        Function(f"{name}.snap", (DISK,), BOOL, Literal(False, BOOL)),
    )


def _disk(name: str) -> Disk:
    fields = tuple((field, f"{name}.{field}") for field in ("now", "diff", "snap"))
    return Disk(name, "Flat", "flat", (DISK,), fields, BLOCK)


def now(name: str) -> Read:
    return Read(f"{name}.now", (D, B), DATA)


def diff(name: str) -> Read:
    return Read(f"{name}.diff", (D, B), Option(DATA))


def snap(name: str) -> Read:
    return Read(f"{name}.snap", (D,), BOOL)


def at(location: str) -> Guard:
    return Guard(f"at {location}", equality(Read("pc", (), PC), Literal(location, PC)), "control")


def to(location: str) -> Write:
    return Write("pc", (), Literal(location, PC))


def call(operation: str, disk: str, *arguments: Expression, each: bool = False) -> StorageCall:
    return StorageCall(operation, disk, (D,), arguments, binders=(D,) if each else ())


def shadow(name: str) -> tuple[Write, ...]:
    return (
        Write(f"{name}.diff", (D, B), just(now(name)), (D, B)),
        Write(f"{name}.snap", (D,), TRUE, (D,)),
    )


def revert(name: str) -> Write:
    return Write(f"{name}.now", (D, B), value_of(diff(name)), (B,))


def drop(name: str) -> tuple[Write, ...]:
    return (
        Write(f"{name}.diff", (D, B), none(DATA), (D, B)),
        Write(f"{name}.snap", (D,), Literal(False, BOOL), (D,)),
    )


def copy(target: str, source: str) -> tuple[Write, ...]:
    return (
        Write(f"{target}.now", (D, B), now(source), (D, B)),
        Write(f"{target}.diff", (D, B), diff(source), (D, B)),
        Write(f"{target}.snap", (D,), snap(source), (D,)),
    )


def _actions() -> tuple[Action, ...]:
    def action(kind: ActionKind, name: str, where: str, then: str, *rest: Write, **more: object) -> Action:
        return Action(name, kind, guards=(at(where),), writes=(*rest, to(then)), **more)  # type: ignore[arg-type]

    write = Write("disk.now", (D, B), X)
    mend = Write("disk.diff", (D, B), just(X))
    has_snap = Obligation("requires", snap("taken"), "revert needs a snapshot")
    whole = StorageCall("copy", "taken", (D,), source=("disk", (D,)), binders=(D,))
    shot = (call("shadow", "disk", each=True),)
    return (
        Action("Write", "environment", (D, B, X), writes=(write,), calls=(call("write", "disk", B, X),)),
        action("protocol", "Prepare", "idle", "prepared"),
        action("protocol", "Shadow", "prepared", "shadowed", *shadow("disk"), calls=shot),
        Action("Mend", "protocol", (D, B, X), (at("shadowed"),), (mend,), calls=(call("mend", "disk", B, X),)),
        action("protocol", "Copy", "shadowed", "copied", *copy("taken", "disk"), calls=(whole,)),
        action(
            "protocol", "Revert", "copied", "reverted", revert("taken"),
            parameters=(D,), calls=(call("revert", "taken"),), obligations=(has_snap,),
        ),
        action("protocol", "Drop", "reverted", "dropped", *drop("disk"), calls=(call("drop", "disk", each=True),)),
        action(
            "protocol", "Forget", "dropped", "idle",
            Write("taken.now", (D, B), ZERO, (D, B)), *drop("taken"), calls=(call("forget", "taken", each=True),),
        ),
    )  # fmt: skip


def _properties() -> tuple[Property, ...]:
    held = negation(equality(diff("disk"), none(DATA)))
    return (
        Property("SnapshotWhole", "invariant", quantified("all", (D, B), implication(snap("disk"), held))),
        Property("NeverWritten", "always", quantified("all", (D, B), equality(now("disk"), ZERO))),
        Property("obligations", "obligations"),
    )


def backup() -> System:
    """Two actions need the protocol to be run in order to its end: `Drop` and `Forget`. `NeverWritten` is violated."""
    return System(
        "backup",
        sorts=(DISK, BLOCK, DATA),
        constants=(ZERO,),
        functions=(*_fields("disk"), *_fields("taken"), Function("pc", (), PC, Literal("idle", PC))),
        actions=_actions(),
        properties=_properties(),
        disks=(_disk("disk"), _disk("taken")),
        enums=(PC,),
    )
