"""Bytes with a size: what every format reads and writes through."""

from __future__ import annotations

import os
from typing import BinaryIO, Protocol, TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


class Device(Protocol):
    """A file of bytes. Offsets and lengths are in bytes; every method may raise OSError."""

    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes; zeros stand for what lies beyond the end."""
        ...

    def write(self, offset: int, data: Buffer) -> None:
        """Put all of `data` at `offset`, growing the file where needed. Durable only after `flush`."""
        ...

    def flush(self) -> None:
        """All writes and sizes so far are durable when this returns."""
        ...

    def resize(self, size: int) -> None:
        """Cut or grow (with zeros) to `size` bytes."""
        ...

    def close(self) -> None: ...


class FileDevice:
    """A file of the operating system, by descriptor; owns the descriptor. Not `durable`: `flush` does not wait."""

    def __init__(self, descriptor: int, durable: bool = True) -> None:
        self.descriptor = descriptor
        self._durable = durable

    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def read(self, offset: int, length: int) -> bytes:
        data = os.pread(self.descriptor, length, offset)
        if len(data) == length:
            return data
        parts = [data]
        got = len(data)
        while got < length and data:
            data = os.pread(self.descriptor, length - got, offset + got)
            parts.append(data)
            got += len(data)
        parts.append(bytes(length - got))
        return b"".join(parts)

    def write(self, offset: int, data: Buffer) -> None:
        view = memoryview(data)
        while view:
            done = os.pwrite(self.descriptor, view, offset)
            view = view[done:]
            offset += done

    def flush(self) -> None:
        if self._durable:
            os.fsync(self.descriptor)

    def resize(self, size: int) -> None:
        os.ftruncate(self.descriptor, size)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class StreamDevice:
    """Any seekable binary file-like object, read-only."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def size(self) -> int:
        return self._stream.seek(0, os.SEEK_END)

    def read(self, offset: int, length: int) -> bytes:
        self._stream.seek(offset)
        data = self._stream.read(length)
        return data if len(data) == length else data + bytes(length - len(data))

    def write(self, offset: int, data: Buffer) -> None:  # noqa: ARG002
        raise PermissionError("opened for reading only")

    def flush(self) -> None:
        return

    def resize(self, size: int) -> None:  # noqa: ARG002
        raise PermissionError("opened for reading only")

    def close(self) -> None:
        self._stream.close()
