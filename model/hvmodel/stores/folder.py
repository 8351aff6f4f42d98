"""The one folder a disk's files live in. Nothing outside it is ever opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from hvmodel.stores.device import Device, FileDevice


class UnsafeNameError(ValueError):
    """A name that is not a plain file name of the folder."""


class NotRegularError(OSError):
    """A name that is a link, pipe, device or folder instead of a regular file."""


def plain_name(name: str) -> bool:
    """Whether `name` can only mean an entry of the folder itself."""
    return name not in ("", ".", "..") and not any(c in "/\\:" or ord(c) < 32 for c in name) and len(name) < 256


class Folder(Protocol):
    """Files by base name. Raises UnsafeNameError for anything else, OSError for what the system refuses."""

    def open(self, name: str, writable: bool = False) -> Device: ...

    def create(self, name: str) -> Device:
        """A new empty file; FileExistsError when the name is taken."""
        ...

    def publish(self, temporary: str, name: str) -> None:
        """Give a finished file its name, durably, all at once. FileExistsError when the name is taken."""
        ...

    def replace(self, temporary: str, name: str) -> None:
        """Give a finished file the name of another, which is gone then, durably, all at once."""
        ...

    def delete(self, name: str) -> None:
        """Remove the name, durably."""
        ...

    def names(self) -> list[str]: ...

    def identity(self, name: str) -> tuple[int, int]:
        """The same pair for the same file under any name."""
        ...


class SystemFolder:
    """A folder of the operating system, by descriptor, so that renaming it while in use is harmless."""

    def __init__(self, path: Path | str, durable: bool = True) -> None:
        """Not `durable`: nothing waits for the device, so what is flushed survives the process but not the machine."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._durable = durable

    def __enter__(self) -> SystemFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, name: str) -> str:
        if not plain_name(name):
            raise UnsafeNameError(name)
        return name

    def open(self, name: str, writable: bool = False) -> Device:
        """O_NONBLOCK keeps a pipe from blocking the open; only regular files get past the test below."""
        flags = (os.O_RDWR if writable else os.O_RDONLY) | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        found = os.stat(self._check(name), dir_fd=self._descriptor, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            raise NotRegularError(f"{name} is not a regular file")
        descriptor = os.open(name, flags, dir_fd=self._descriptor)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotRegularError(f"{name} is not a regular file")
        return FileDevice(descriptor, self._durable)

    def create(self, name: str) -> Device:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return FileDevice(os.open(self._check(name), flags, 0o644, dir_fd=self._descriptor), self._durable)

    def publish(self, temporary: str, name: str) -> None:
        """A hard link fails when the name is taken, where a rename would silently replace it."""
        os.link(self._check(temporary), self._check(name), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        os.unlink(temporary, dir_fd=self._descriptor)
        self._settle()

    def replace(self, temporary: str, name: str) -> None:
        os.replace(self._check(temporary), self._check(name), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        self._settle()

    def delete(self, name: str) -> None:
        os.unlink(self._check(name), dir_fd=self._descriptor)
        self._settle()

    def _settle(self) -> None:
        if self._durable:
            os.fsync(self._descriptor)

    def names(self) -> list[str]:
        return sorted(os.listdir(self._descriptor))

    def identity(self, name: str) -> tuple[int, int]:
        found = os.stat(self._check(name), dir_fd=self._descriptor, follow_symlinks=False)
        return found.st_dev, found.st_ino

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def replace_file(folder: Folder, name: str, data: bytes) -> None:
    """Give `name` new content, whole or not at all, durable on return."""
    temporary = f"{name[:200]}.tmp"
    if temporary in folder.names():
        folder.delete(temporary)
    device = folder.create(temporary)
    try:
        device.write(0, data)
        device.flush()
    finally:
        device.close()
    folder.replace(temporary, name)
