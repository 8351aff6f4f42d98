"""What the rest of the program asks of a cache: a spec's system, and a module's machine code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hvmodel.shared import from_shared, to_shared
from hvmodel.system import Scope, System
from hvspec.spec import Setting, Spec

from ..problem import ProblemError
from .compiled import CompiledSystem
from .entry import key_of, sealed, unsealed
from .folder import LARGEST, LIMIT, DamagedError, Folder, prepare
from .stamp import UNKNOWN, Stamp, own_folders, stamp
from .usage import UNUSED, Usage

if TYPE_CHECKING:
    import wasmtime

SHORTEST = 10_000
"""Characters of a module from which it is kept: what is shorter is compiled in a millisecond or two."""

TRIMMED = 16
"""Parts of the limit that are written between two looks at the size of the whole."""

T = TypeVar("T")


@dataclass
class Cache:
    """A folder and what was done with it so far. It can be sent to a worker, whose copy counts for itself."""

    folder: Folder
    stamp: Stamp
    usage: Usage = UNUSED
    reads: bool = True
    writes: bool = True
    _written: int = field(default=-1)

    def system(
        self, spec: Spec, *, scenario: str | None, scope: str | None, settings: Mapping[str, Setting]
    ) -> CompiledSystem:
        """As `compile_system`. Only what compiles without a word is kept."""
        from hvspec.compile import compile_system

        key = self._system_key(spec, scenario, scope, settings)
        found = self._found("system", key, _system_again)
        if found is not None:
            self.usage += Usage(systems_found=1)
            return (*found, ())
        system, sizes, told = compile_system(spec, scenario=scenario, scope=scope, settings=settings)
        self.usage += Usage(systems_compiled=1)
        if system is not None and sizes is not None and not told:
            whole = system, sizes
            self._keep("system", key, lambda: json.dumps(to_shared(whole), separators=(",", ":")).encode())
        return system, sizes, told

    def module(self, engine: wasmtime.Engine, text: str) -> wasmtime.Module:
        """The module of a WebAssembly text."""
        import wasmtime

        from hvcheck.explicit.compiled.instance import compiled

        if len(text) < SHORTEST:
            return compiled(engine, text)

        def again(content: bytes) -> wasmtime.Module:
            try:
                return wasmtime.Module.deserialize(engine, content)
            except wasmtime.WasmtimeError as error:  # made for another processor, say
                raise DamagedError(str(error).splitlines()[0]) from error

        key = key_of(b"module", self.stamp.digest.encode(), text.encode())
        module = self._found("module", key, again)
        if module is not None:
            self.usage += Usage(modules_found=1)
            return module
        module = compiled(engine, text)
        self.usage += Usage(modules_compiled=1)
        self._keep("module", key, lambda: bytes(module.serialize()))
        return module

    def take_usage(self) -> Usage:
        """What was done since this was last asked."""
        usage, self.usage = self.usage, UNUSED
        return usage

    def _system_key(self, spec: Spec, scenario: str | None, scope: str | None, settings: Mapping[str, Setting]) -> str:
        """Of every text that was read, under its name (places in them are part of a system), and of what is chosen."""
        chosen = [spec.name, spec.title, spec.file, list(spec.sources.items()), scenario, scope]
        return key_of(b"system", self.stamp.digest.encode(), json.dumps([*chosen, sorted(settings.items())]).encode())

    def _found(self, kind: str, key: str, again: Callable[[bytes], T]) -> T | None:
        if not self.reads:
            return None
        name = f"hvcheck-{kind}-{key}"
        try:
            file = self.folder.read(name)
            return None if file is None else again(unsealed(key, file))
        except DamagedError as error:
            self._tell(f"{name} is made again: {error}")
        except ProblemError as error:
            self._leave(str(error))
        except OSError as error:
            self._leave(f"it cannot be read any more ({error.strerror or error})")
        return None

    def _keep(self, kind: str, key: str, content: Callable[[], bytes]) -> None:
        if not self.writes:
            return
        if not self.stamp.current:
            self._stop_writing("hvcheck's own files have changed since it started; nothing more is kept")
            return
        try:
            entry = sealed(key, content())
            if len(entry) > LARGEST:
                return
            self.folder.write(f"hvcheck-{kind}-{key}", entry)
            self._trim_after(len(entry))
        except (ValueError, TypeError):
            return  # what cannot be written down is compiled each time
        except ProblemError as error:
            self._leave(str(error))
        except OSError as error:
            self._stop_writing(f"nothing more is kept: {error.strerror or error}")

    def _trim_after(self, written: int) -> None:
        """The size is looked at after the first file, and then now and then."""
        if self._written < 0 or self._written + written > self.folder.limit // TRIMMED:
            self.folder.trim()
            self._written = 0
        else:
            self._written += written

    def _leave(self, remark: str) -> None:
        self.reads = self.writes = False
        self._tell(f"{remark}; the run goes on without it")

    def _stop_writing(self, remark: str) -> None:
        self.writes = False
        self._tell(remark)

    def _tell(self, remark: str) -> None:
        self.usage += Usage(remarks=(remark,))


def _system_again(content: bytes) -> tuple[System, Scope]:
    try:
        system, scope = from_shared(json.loads(content))
    except (ValueError, TypeError, RecursionError) as error:
        raise DamagedError(f"it is no system ({error})") from error
    if not isinstance(system, System) or not isinstance(scope, Scope):
        raise DamagedError("it is no system")
    return system, scope


def open_cache(path: Path, limit: int = LIMIT) -> Cache:
    """A cache in a folder, which is made if it is missing. Raises ProblemError for one that must not be used."""
    folder = prepare(path, limit)
    try:
        made = Cache(folder, stamp(own_folders()))
    except OSError as error:
        made = Cache(folder, UNKNOWN)
        made._leave(f"hvcheck's own files cannot be read ({error.strerror or error})")
        return made
    if not made.stamp.settled:
        made._leave("hvcheck's own files have changed only just now")
    return made
