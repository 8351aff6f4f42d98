"""Arrays in the linear memory of the kernel: laid out one after another, seen from Python as numpy arrays."""

from __future__ import annotations

import ctypes
from functools import cached_property
from importlib import resources
from typing import TypeVar

import numpy as np
import wasmtime
from numpy.typing import NDArray

from ..meter import RefusedError

PAGE = 65536
"""Bytes in which linear memory grows."""

LARGEST = PAGE * PAGE
"""Bytes that 32-bit addresses reach."""

Number = TypeVar("Number", np.uint8, np.uint16, np.uint32)


class Memory:
    """Linear memory with the kernel on it. Arrays are taken in turn and given back in the opposite order.

    Raises RefusedError.
    """

    def __init__(self, reserved: int = 64) -> None:
        self._store = wasmtime.Store()
        try:
            self._memory = wasmtime.Memory(self._store, wasmtime.MemoryType(wasmtime.Limits(0, PAGE)))
        except wasmtime.WasmtimeError as error:
            raise RefusedError("this process cannot have the address space that `leads to` takes") from error
        self._taken = reserved

    @cached_property
    def kernel(self) -> Kernel:
        return Kernel(self._store, self._memory)

    @property
    def taken(self) -> int:
        """How many bytes are in use; also the mark that `release` goes back to."""
        return self._taken

    def take(self, count: int, type_: type[Number]) -> int:
        """The address of a new array, whose content is undefined. Raises RefusedError."""
        start = -(-self._taken // 8) * 8
        end = start + count * np.dtype(type_).itemsize
        if end > LARGEST:
            raise RefusedError("the graph of steps for `leads to` needs more than the 4 GiB that can be addressed")
        missing = end - self._memory.data_len(self._store)
        if missing > 0:
            try:
                self._memory.grow(self._store, -(-missing // PAGE))
            except wasmtime.WasmtimeError as error:
                room = f"{end / 2**20:,.0f} MiB"
                raise RefusedError(f"{room} for the graph of steps for `leads to` were refused") from error
        self._taken = end
        return start

    def release(self, mark: int) -> None:
        """Give back all arrays taken since `taken` was `mark`."""
        self._taken = mark

    def cleared(self, count: int, type_: type[Number]) -> int:
        """The address of a new array of zeros. Raises RefusedError."""
        address = self.take(count, type_)
        self.view(address, count, type_).fill(0)
        return address

    def view(self, address: int, count: int, type_: type[Number]) -> NDArray[Number]:
        """An array as numpy sees it; valid until the next `take`."""
        base = ctypes.addressof(self._memory.data_ptr(self._store).contents)
        size = count * np.dtype(type_).itemsize
        buffer = (ctypes.c_ubyte * size).from_address(base + address)
        return np.frombuffer(memoryview(buffer), dtype=type_, count=count)


def source() -> str:
    """The text of the kernel."""
    return resources.files(__package__).joinpath("kernel.wat").read_text(encoding="utf-8")


class Kernel:
    """The functions of `kernel.wat`."""

    def __init__(self, store: wasmtime.Store, memory: wasmtime.Memory) -> None:
        module = wasmtime.Module(store.engine, source())
        self._store = store
        self._exports = wasmtime.Instance(store, module, [memory]).exports(store)

    def __call__(self, name: str, *arguments: int) -> int:
        """Call a function by its name; gives its result, or 0."""
        function = self._exports[name]
        assert isinstance(function, wasmtime.Func)
        return function(self._store, *arguments) or 0
