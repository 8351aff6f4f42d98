"""The concrete interpreter: a model's state and the real files of all its disks, compared after every step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal as OneOf
from typing import TypeAlias

from .calls import BoundCall, bound_calls
from .calls import Place as Place
from .dataclass import dataclass
from .expression import show_value
from .semantics import Step, apply
from .state import Layout, State, values
from .stores.classes import CLASSES
from .stores.driver import DriverFactory, StoreError, StoreFault
from .stores.refusal import Refused
from .stores.stamp import SMALLEST_BLOCK, Stamp, Zeros
from .stores.storage_class import AnyField, BitField, BlockField, Field, Files, FlagField, StorageClass, assign
from .stores.tracker.pair import Tracking
from .system import Disk, System
from .types import Option, Type, Value

Disturbance: TypeAlias = OneOf["reopen", "crash"]
"""What may befall the files between two steps and must leave their content alone."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where files and model disagree: the disk, the field and the role that shows it, and what each says.

    `block` is None for a field of the whole disk. With `fault` the store refused or failed at `field`'s place:
    there `field` is the operation.
    """

    disk: str
    field: str
    role: str
    block: int | None
    expected: str
    found: str
    fault: StoreFault | None = None

    def __str__(self) -> str:
        place = f"{self.disk}.{self.field}" + ("" if self.block is None else f" block {self.block}")
        return f"{place}: the model says {self.expected}, the files ({self.role or 'no role'}) say {self.found}"


class ConformanceError(Exception):
    """Files that are not what the model says; `differences` is never empty, `step` is what had just been taken."""

    def __init__(self, differences: tuple[Difference, ...], step: Step | Disturbance | None) -> None:
        super().__init__(differences, step)
        self.differences = differences
        self.step = step

    def __str__(self) -> str:
        return "; ".join(map(str, self.differences))


class UnsupportedError(ValueError):
    """A system that cannot run on files; `problems` says what the storage tables lack."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def unsupported(system: System, classes: Mapping[str, StorageClass] = CLASSES) -> tuple[str, ...]:
    """What keeps a system from running on files: classes, fields and operations that the tables do not have."""
    problems: list[str] = []
    known = {disk.name: classes.get(disk.driver) for disk in system.disks}
    for disk in system.disks:
        entry = known[disk.name]
        if entry is None:
            there = ", ".join(sorted(classes))
            problems.append(f"{disk.name}: no storage class runs as driver {disk.driver!r}; there are: {there}")
        elif disk.block is None:
            problems.append(f"{disk.name}: its class {disk.storage} has no sort of blocks")
        else:
            missing = {field for field, _ in disk.fields} - set(entry.fields) - entry.unseen
            problems.extend(f"{disk.name}: driver {disk.driver!r} has no field {field!r}" for field in sorted(missing))
    called = {(call.disk, call.operation) for action in system.actions for call in action.calls}
    for name, operation in sorted(called):
        entry = known.get(name)
        if name not in known:
            problems.append(f"{name}: not a disk of the system")
        elif entry is not None and operation != "copy" and operation not in entry.operations:
            problems.append(f"{name}: driver {entry.name!r} has no operation {operation!r}")
    return tuple(problems)


_TROUBLE = (StoreError, Refused, OSError)
"""What drivers, and the side files of change tracking, raise."""


@dataclass(frozen=True, slots=True)
class _RealDisk:
    """One disk of the system beside its files; `name` is how people see it."""

    disk: Disk
    indices: tuple[Value, ...]
    name: str
    entry: StorageClass
    files: Files
    folder: str


class Concrete:
    """A run on files. Each disk has a folder of its own inside `folder`, which is empty at the start."""

    def __init__(
        self,
        layout: Layout,
        folder: Path,
        open_disk: DriverFactory,
        *,
        block_size: int = 512,
        classes: Mapping[str, StorageClass] = CLASSES,
    ) -> None:
        """Raises UnsupportedError, and ConformanceError if the new files are not what the model starts with."""
        problems = unsupported(layout.system, classes)
        if block_size < SMALLEST_BLOCK:
            problems += (f"blocks of {block_size} bytes cannot carry stamps",)
        if problems:
            raise UnsupportedError(problems)
        self.layout = layout
        self.state: State = layout.initial
        self.classes = classes
        self._real: dict[Place, _RealDisk] = {}
        self._origins: dict[Place, frozenset[str]] = {}
        fields = {name for disk in layout.system.disks for _, name in disk.fields}
        self._cells = tuple(i for i, (function, _) in enumerate(layout.cells) if function.name in fields)
        try:
            self._start(folder, open_disk, block_size, classes)
            self.check(None)
        except _TROUBLE as error:
            self.close()
            raise ConformanceError((_failure("the disks", "start", _fault(error)),), None) from error
        except ConformanceError:
            self.close()
            raise

    def _start(
        self, folder: Path, open_disk: DriverFactory, block_size: int, classes: Mapping[str, StorageClass]
    ) -> None:
        for disk, indices in _places(self.layout):
            assert disk.block is not None
            ordinal = len(self._real)
            name = _shown(disk, indices)
            stamped = name if len(name.encode()) <= 32 else f"disk {ordinal}"
            machine = indices[0] if indices and isinstance(indices[0], int) else 0
            place = f"{ordinal}-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60]
            driver, count = open_disk(folder / place, block_size), self.layout.scope.size(disk.block)
            entry = classes[disk.driver]
            side = Tracking(folder / f"{place}-tracking", count, block_size) if entry.tracked else None
            files = Files(driver, count, machine, stamped, dict(disk.settings), side)
            self._real[disk.name, indices] = _RealDisk(disk, indices, name, entry, files, place)
            self._origins[disk.name, indices] = frozenset((stamped,))
            entry.start(files)
            driver.flush()

    @property
    def disks(self) -> Mapping[Place, tuple[str, Files]]:
        """Every disk: the name of its folder inside the run's, and its files."""
        return {place: (real.folder, real.files) for place, real in self._real.items()}

    def close(self) -> None:
        """Let go of all files. What a store still refuses here no longer matters to the run."""
        for real in self._real.values():
            with suppress(StoreError):
                real.files.driver.close()
            if real.files.side is not None:
                real.files.side.close()

    def take(self, step: Step) -> State:
        """Take an enabled step in the model and on the files. Raises ConformanceError if they differ afterwards.

        A step that calls nothing and changes nothing of a disk leaves both sides as they were compared before.
        """
        before = self.state
        calls = self._calls(before, step)
        self.state = apply(self.layout, before, step)
        for call in calls:
            self._attempt(self._real[call.target], call.operation, step, partial(self._do, call))
        for place in dict.fromkeys(call.target for call in calls):
            real = self._real[place]
            self._attempt(real, "flush", step, real.files.driver.flush)
        if calls or any(before.values[cell] != self.state.values[cell] for cell in self._cells):
            self.check(step)
        return self.state

    def disturb(self, kind: Disturbance) -> None:
        """Close and open the files of all disks, properly or as if the power failed; nothing may change by it."""
        for real in self._real.values():
            driver = real.files.driver
            self._attempt(real, kind, kind, driver.reopen if kind == "reopen" else driver.crash)
        self.check(kind)

    def _attempt(self, real: _RealDisk, what: str, step: Step | Disturbance, do: Callable[[], None]) -> None:
        try:
            do()
        except _TROUBLE as error:
            raise ConformanceError((_failure(real.name, what, _fault(error)),), step) from error

    def _do(self, call: BoundCall) -> None:
        real = self._real[call.target]
        if call.source is None:
            real.entry.operations[call.operation](real.files, call.codes)
        else:
            assign(real.files, self._real[call.source].files)
            self._origins[call.target] = self._origins[call.source] | {real.files.disk}

    def _calls(self, before: State, step: Step) -> list[BoundCall]:
        bound: list[BoundCall] = []
        for instances in bound_calls(self.layout, before, step):
            targets = {one.target for one in instances}
            if any(one.source in targets and one.source != one.target for one in instances):
                raise UnsupportedError((f"{step.action}: disks are assigned to each other in one indivisible step",))
            bound.extend(instances)
        return bound

    def check(self, step: Step | Disturbance | None) -> None:
        """Compare every field of every disk with the model. Raises ConformanceError with all differences."""
        found = tuple(
            difference
            for real in self._real.values()
            for see in (_misplaced, self._differences)
            for difference in see(real)
        )
        if found:
            raise ConformanceError(found, step)

    def _differences(self, real: _RealDisk) -> Iterator[Difference]:
        functions = self.layout.system.function
        blank = functions[dict(real.disk.fields)[real.entry.blank]].initial.value
        for field, name in real.disk.fields:
            seer, type_ = real.entry.fields.get(field), functions[name].range
            if seer is None:
                continue  # only properties have it
            for block in range(real.files.block_count) if isinstance(seer, BlockField | BitField) else (None,):
                expected = self._expected(real, seer, name, block, type_)
                try:
                    found = self._observed(real, seer, block, type_, blank)
                except _TROUBLE as error:
                    yield _failure(real.name, field, _fault(error))
                    continue
                if found != expected:
                    yield Difference(real.name, field, seer.role, block, expected, found)

    def _expected(self, real: _RealDisk, seer: Field, name: str, block: int | None, type_: Type) -> str:
        """What the model says, as people see it."""
        if isinstance(seer, AnyField):
            blocks = range(real.files.block_count)
            return show_value(any(self.state.read(self.layout, name, *real.indices, b) for b in blocks), type_)
        cell = real.indices if block is None else (*real.indices, block)
        return show_value(self.state.read(self.layout, name, *cell), type_)

    def _observed(self, real: _RealDisk, seer: Field, block: int | None, type_: Type, blank: Value) -> str:
        """The value that the files show, as people see it, or what is wrong with what they hold."""
        if isinstance(seer, FlagField | AnyField):
            return show_value(seer.see(real.files), type_)
        assert block is not None
        if isinstance(seer, BitField):
            return show_value(seer.see(real.files, block), type_)
        match seer.see(real.files, block):
            case None:
                return show_value(None, type_)
            case Zeros():
                return show_value(blank, type_)
            case Stamp(_, disk, at, code) as stamp:
                known = values(type_.of if isinstance(type_, Option) else type_, self.layout.scope)
                genuine = at == block and disk in self._origins[real.disk.name, real.indices] and code < len(known)
                return show_value(known[code], type_) if genuine else str(stamp)
            case content:
                return str(content)


def _places(layout: Layout) -> Iterator[tuple[Disk, tuple[Value, ...]]]:
    for disk in layout.system.disks:
        for indices in product(*(values(type_, layout.scope) for type_ in disk.domain)):
            yield disk, indices


def _shown(disk: Disk, indices: tuple[Value, ...]) -> str:
    shown = (show_value(value, type_) for value, type_ in zip(indices, disk.domain, strict=True))
    return f"{disk.name}[{', '.join(shown)}]" if indices else disk.name


def _misplaced(real: _RealDisk) -> Iterator[Difference]:
    """Files that are not to be there, or that stand on another than their class says."""
    links = real.entry.links
    try:
        roles = real.files.driver.roles() if links is not None else {}
    except StoreError as error:
        yield _failure(real.name, "files", error.fault)
        return
    for role, parent in roles.items():
        if links is not None and role not in links:
            yield Difference(real.name, "files", role, None, "no such file", "a file")
        elif links is not None and links[role] != parent:
            yield Difference(real.name, "parent", role, None, links[role] or "none", parent or "none")


def _fault(error: StoreError | Refused | OSError) -> StoreFault:
    """Side files of the tracker report as their layer does, stores by their faults."""
    match error:
        case StoreError():
            return error.fault
        case Refused():
            return StoreFault("format", str(error), path=error.finding.path)
    return StoreFault("io", error.strerror or str(error), path=str(error.filename or ""))


def _failure(disk: str, operation: str, fault: StoreFault) -> Difference:
    where = fault.message if fault.block is None else f"block {fault.block}: {fault.message}"
    return Difference(disk, operation, fault.role, fault.block, "that it is done", f"refused: {where}", fault)
