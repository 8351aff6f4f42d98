"""A WebAssembly module at work: its functions, its numbers, and its memories, which only this side makes grow."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import wasmtime

from .packing import UncompiledError
from .scratch import PAGE

CEILING = 1 << 32
"""Bytes that one memory of a module can have."""

LARGE = 1 << 22
"""Bytes from which a memory is large: below, large pages would mostly be empty."""

_MADV_HUGEPAGE = 14

Number = TypeVar("Number", bound=np.generic)


Modules: TypeAlias = Callable[[wasmtime.Engine, str], wasmtime.Module]
"""Makes the module of a text, or has it already."""


class FullError(Exception):
    """No more memory is to be had; the message says why."""


def _engine() -> wasmtime.Engine:
    """Compiles in this thread: a worker process that was forked has no others."""
    config = wasmtime.Config()
    config.parallel_compilation = False
    return wasmtime.Engine(config)


def compiled(engine: wasmtime.Engine, text: str) -> wasmtime.Module:
    return wasmtime.Module(engine, bytes(wasmtime.wat2wasm(text)))


class Instance:
    """An instance of a module given as text; `ceiling` limits the bytes of each memory that grows.

    It may use memories of another instance, by name. Raises UncompiledError when the process cannot hold it.
    """

    def __init__(
        self,
        text: str,
        other: Instance | None = None,
        shared: Sequence[str] = (),
        ceiling: int = CEILING,
        modules: Modules = compiled,
    ) -> None:
        self._ceiling = ceiling
        self._engine: wasmtime.Engine = _engine() if other is None else other._engine
        self._store: wasmtime.Store = wasmtime.Store(self._engine) if other is None else other._store
        module = modules(self._engine, text)
        imported = [] if other is None else [other._exports[name] for name in shared]
        self._exports: wasmtime._instance.InstanceExports
        try:
            self._exports = wasmtime.Instance(self._store, module, imported).exports(self._store)
        except wasmtime.WasmtimeError as error:
            raise UncompiledError("this process cannot have the address space that WebAssembly takes") from error

    def call(self, name: str, *arguments: int) -> Any:
        return self._exports[name](self._store, *arguments)  # type: ignore[operator]

    def get(self, name: str) -> int:
        return int(self._exports[name].value(self._store))  # type: ignore[union-attr]

    def set(self, name: str, value: int) -> None:
        self._exports[name].set_value(self._store, value)  # type: ignore[union-attr]

    def view(self, name: str, start: int, count: int, type_: type[Number]) -> npt.NDArray[Number]:
        """Numbers in a memory from an address on; valid until the memory grows."""
        memory: wasmtime.Memory = self._exports[name]  # type: ignore[assignment]
        length = count * np.dtype(type_).itemsize
        return np.frombuffer(memoryview(memory.get_buffer_ptr(self._store, length, start)), dtype=type_)

    def grow(self, name: str, length: int) -> None:
        """Let a memory have so many bytes at least. Raises FullError."""
        memory: wasmtime.Memory = self._exports[name]  # type: ignore[assignment]
        lacking = -(-length // PAGE) - memory.size(self._store)
        if lacking <= 0:
            return
        if length > self._ceiling:
            limit = f"{self._ceiling / 2**20:,.0f} MiB"
            raise FullError(f"the search needs more than the {limit} that the compiled engine can use at a time")
        try:
            memory.grow(self._store, lacking)
        except wasmtime.WasmtimeError as error:
            raise FullError("the process could not have more memory") from error
        if length >= LARGE:
            wish_large_pages(ctypes.cast(memory.data_ptr(self._store), ctypes.c_void_p).value or 0, length)


def wish_large_pages(address: int, length: int) -> None:
    """Ask the system for large pages: with small ones the processor looks up most addresses of a search twice.

    Only a wish, which changes nothing else; what does not know it, or does not grant it, goes on as before.
    """
    if sys.platform == "linux" and address:
        advise = getattr(ctypes.CDLL(None), "madvise", None)
        if advise is not None:
            advise(ctypes.c_void_p(address), ctypes.c_size_t(length), _MADV_HUGEPAGE)
