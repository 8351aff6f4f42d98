"""A small backup protocol by hand: enough of 2012 to draw and explain, without the compiler."""

from __future__ import annotations

from dataclasses import replace

from hvmodel.expression import Expression, Literal, Quantifier, Variable, equality, implication, negation
from hvmodel.semantics import Step
from hvmodel.source import Span
from hvmodel.state import Layout
from hvmodel.system import Action, Actor, Event, Function, Guard, Property, Reference, Scope, System, Write
from hvmodel.trace import Refusal, Trace, run
from hvmodel.types import BOOL, Enum, Int, Sort

VM, DISK, DATA = Sort("VM"), Sort("DISK"), Sort("DATA")
LOCATIONS = ("idle", "asked", "asked_guest", "guest_started", "frozen", "snapped", "thawed", "committed", "copied")
PC = Enum("BackupLocation", LOCATIONS)
VMS, DISKS, DATAS = Variable("vm", VM), Variable("d", DISK), Variable("x", DATA)
ZERO = Literal(0, DATA, "zero")
YES, NO = Literal(True, BOOL), Literal(False, BOOL)
CODE = Enum("CODE", ("OK", "IC_FAILED"))

PC_AT = Function("Backup.pc", (), PC, Literal("idle", PC), "control")
LEFT = Function("writes", (), Int(0, 2), Literal(0, Int(0, 2)), "budget")
CREATING = Function("HostVss.creating", (), BOOL, NO)
FROZEN = Function("App.frozen", (VM,), BOOL, NO)
BROKEN = Function("Ic.broken", (VM,), BOOL, NO)
DISK_NOW = Function("disk.now", (VM, DISK), DATA, ZERO)
TAKEN = Function("taken.now", (VM, DISK), DATA, ZERO)
SNAPPED = Function("disk.snap", (VM, DISK), BOOL, NO)
RECOVERED = Function("recovered", (VM, DISK), DATA, ZERO, "ghost")
COPIED = Function("copied", (VM,), BOOL, NO, "ghost")

SPAN = Span("sample.hvs", 7, 3, 7, 60)


def at(location: str) -> Guard:
    return Guard("at", equality(PC_AT.at(), Literal(location, PC)), "control")


def go(location: str) -> Write:
    return Write(PC_AT.name, (), Literal(location, PC))


def message(source: str, name: str, target: str, *, inside: bool = True) -> Event:
    indices = (VMS,) if inside else ()
    sender = Reference(source, () if source in ("Requester", "HostVss", "HyperVWriter") else indices)
    return Event("message", name, sender, Reference(target, indices), span=SPAN)


def _protocol(name: str, before: str, after: str, event: Event, *writes: Write) -> Action:
    return Action(name, "protocol", (VMS,), (at(before),), (go(after), *writes), (event,), thread="Backup", fair=True)


def _everywhere(function: Function, value: Expression) -> Write:
    indices = (VMS, DISKS)[: len(function.domain)]
    return Write(function.name, indices, value, (DISKS,) if len(indices) == 2 else ())


ACTIONS = (
    _protocol(
        "Start",
        "idle",
        "asked",
        message("Requester", "StartSnapshotSet", "HostVss", inside=False),
        Write(CREATING.name, (), YES),
    ),
    _protocol("Prepare", "asked", "asked_guest", message("HostVss", "OnPrepareSnapshot", "HyperVWriter", inside=False)),
    _protocol("Backup", "asked_guest", "guest_started", message("HyperVWriter", "Backup", "Ic")),
    _protocol("Freeze", "guest_started", "frozen", message("Ic", "OnFreeze", "App"), _everywhere(FROZEN, YES)),
    _protocol(
        "GuestCommit",
        "frozen",
        "snapped",
        message("Ic", "CommitSnapshots", "Volsnap"),
        _everywhere(RECOVERED, DISK_NOW.at(VMS, DISKS)),
        _everywhere(SNAPPED, YES),
    ),
    _protocol("Thaw", "snapped", "thawed", message("Ic", "OnThaw", "App"), _everywhere(FROZEN, NO)),
    _protocol(
        "HostCommit",
        "thawed",
        "committed",
        message("HostVss", "CommitSnapshots", "StorageProvider", inside=False),
        _everywhere(TAKEN, DISK_NOW.at(VMS, DISKS)),
    ),
    _protocol(
        "Copy",
        "committed",
        "copied",
        Event("step", "Copy", Reference("Requester"), arguments=(VMS,)),
        _everywhere(COPIED, YES),
    ),
    Action(
        "AppWrite",
        "environment",
        (VMS, DISKS, DATAS),
        (
            Guard("not frozen", negation(FROZEN.at(VMS))),
            Guard("budget", equality(LEFT.at(), Literal(0, LEFT.range)), "budget"),
            Guard("new", negation(equality(DISK_NOW.at(VMS, DISKS), DATAS))),
        ),
        (Write(DISK_NOW.name, (VMS, DISKS), DATAS), Write(LEFT.name, (), Literal(1, LEFT.range))),
        (Event("environment", "AppWrite", Reference("guest", (VMS,)), arguments=(VMS, DISKS, DATAS)),),
    ),
    Action(
        "IcFails",
        "fault",
        (VMS,),
        (Guard("whole", negation(BROKEN.at(VMS))),),
        (Write(BROKEN.name, (VMS,), YES),),
        (Event("fault", "IcFails", Reference("guest", (VMS,)), arguments=(VMS,)),),
    ),
    Action(
        "Fail",
        "protocol",
        (VMS,),
        (at("asked_guest"), Guard("broken", BROKEN.at(VMS))),
        (go("idle"), Write(CREATING.name, (), NO)),
        (
            message("HyperVWriter", "Backup", "Ic"),
            Event("failure", "", Reference("HyperVWriter"), code=Literal("IC_FAILED", CODE)),
        ),
        thread="Backup",
    ),
)

APP_CONSISTENT = Property(
    "AppConsistent",
    "always",
    Quantifier(
        "all",
        (VMS, DISKS),
        implication(COPIED.at(VMS), equality(TAKEN.at(VMS, DISKS), RECOVERED.at(VMS, DISKS))),
    ),
    title="the delivered image is the machine's recovered instant",
    cites=("doc:37",),
    witness=COPIED.at(Literal(0, VM)),
    span=Span("sample.hvs", 12, 3, 12, 40),
)
COMPLETES = Property(
    "Completes",
    "leads to",
    negation(CREATING.at()),
    trigger=CREATING.at(),
    title="every backup ends",
)
ONE_COMMIT = Property(
    "OneSnapshot", "never", forbidden=frozenset({"HostCommit"}), about="StorageProvider.CommitSnapshots"
)
SUCCEEDS = Property("BackupSucceeds", "cover", equality(PC_AT.at(), Literal("copied", PC)))

SYSTEM = System(
    "sample",
    "A sample of 2012",
    (VM, DISK, DATA),
    (ZERO,),
    (PC_AT, LEFT, CREATING, FROZEN, BROKEN, DISK_NOW, TAKEN, SNAPPED, RECOVERED, COPIED),
    actions=ACTIONS,
    properties=(APP_CONSISTENT, COMPLETES, ONE_COMMIT, SUCCEEDS),
    budgets=(("writes", 1), ("IcFails", 0)),
    actors=(
        Actor("Requester", (), Reference("backup_app"), "Backup application"),
        Actor("HostVss", (), Reference("host")),
        Actor("HyperVWriter", (), Reference("host")),
        Actor("StorageProvider", (), Reference("host")),
        Actor("Ic", (VMS,), Reference("guest", (VMS,)), "Integration component"),
        Actor("App", (VMS,), Reference("guest", (VMS,))),
        Actor("Volsnap", (VMS,), Reference("guest", (VMS,))),
    ),
)
SCOPE = Scope("small", (("VM", 1), ("DISK", 2), ("DATA", 2)))
LAYOUT = Layout(SYSTEM, SCOPE)

DRIFT = (
    Step("Start", (0,)),
    Step("Prepare", (0,)),
    Step("Backup", (0,)),
    Step("Freeze", (0,)),
    Step("GuestCommit", (0,)),
    Step("Thaw", (0,)),
    Step("AppWrite", (0, 1, 1)),
    Step("HostCommit", (0,)),
    Step("Copy", (0,)),
)
FAILING = (Step("Start", (0,)), Step("IcFails", (0,)), Step("Prepare", (0,)), Step("Fail", (0,)))


def trace_of(steps: tuple[Step, ...], loop: int | None = None, layout: Layout = LAYOUT) -> Trace:
    trace = run(layout, steps, loop)
    assert not isinstance(trace, Refusal), trace
    return trace


def with_machines(machines: int) -> Layout:
    return Layout(SYSTEM, replace(SCOPE, sizes=(("VM", machines), ("DISK", 2), ("DATA", 2))))
