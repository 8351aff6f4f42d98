"""The folder of a cache: only the user's own, only files named by us, and nothing outside it is touched.

What is kept there is trusted, machine code included, so a folder that another user could have written is refused. Each
access opens the folder anew and goes through its descriptor: what is put in its place meanwhile is judged again. A link
to the folder is judged by where it leads; one inside leads nowhere.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from hvmodel.dataclass import dataclass

from .problem import wrong

LIMIT = 256 << 20
"""Bytes that the files may have together; then the least recently used go."""

LARGEST = 64 << 20
"""Bytes of the largest file that is read or written."""

ABANDONED = 3600.0
"""Seconds after which a file that was never finished belongs to nobody any more."""

REFRESHED = 600.0
"""Seconds after which being used is noted again."""

OTHERS = stat.S_IWGRP | stat.S_IWOTH

_OURS = re.compile(r"hvcheck-[a-z]+-[0-9a-f]{64}(\.[0-9a-f]{16}\.part)?\Z")


class DamagedError(Exception):
    """A file is not what was written there; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder by its absolute path. Methods raise ProblemError for one that must not be used, and OSError."""

    path: str
    limit: int = LIMIT

    def read(self, name: str) -> bytes | None:
        """The content of a file of ours, or None if there is none. Raises DamagedError for what is no plain file."""
        with self._opened() as folder:
            try:
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise DamagedError(f"it cannot be opened ({error.strerror})") from error
            try:
                _require_plain(os.fstat(file))
                content = _content(file)
                _note_use(file)
            finally:
                os.close(file)
            return content

    def write(self, name: str, content: bytes) -> None:
        """Put a file there, whole or not at all. Who writes the same name meanwhile writes the same content."""
        unfinished = f"{name}.{token_hex(8)}.part"
        with self._opened() as folder:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(unfinished, flags, 0o600, dir_fd=folder)
            try:
                try:
                    _write_all(file, content)
                finally:
                    os.close(file)
                os.rename(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(unfinished, dir_fd=folder)
                raise

    def trim(self) -> None:
        """Remove the least recently used files of ours until a quarter of the limit is free, if it is exceeded."""
        now = time.time()
        with self._opened() as folder:
            kept: list[tuple[float, int, str]] = []
            for name, status in _ours(folder):
                if name.endswith(".part"):
                    if now - status.st_mtime > ABANDONED:
                        _remove(name, folder)
                else:
                    kept.append((status.st_mtime, status.st_size, name))
            total = sum(size for _, size, _ in kept)
            if total <= self.limit:
                return
            for _, size, name in sorted(kept):
                if total <= self.limit * 3 // 4:
                    return
                _remove(name, folder)
                total -= size

    @contextmanager
    def _opened(self) -> Iterator[int]:
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _require_private(os.fstat(folder), self.path)
            yield folder
        finally:
            os.close(folder)


def prepare(path: Path, limit: int = LIMIT) -> Folder:
    """The folder, made for this user alone if it is missing (its parent is not). Raises ProblemError."""
    if os.open not in os.supports_dir_fd or not hasattr(os, "geteuid") or not hasattr(os, "O_NOFOLLOW"):
        message = "this system does not tell who may write a folder"
        raise wrong("cache-unsupported", str(path), message, fix="leave the cache out")
    folder = Folder(os.path.abspath(path), limit)
    try:
        if not os.path.lexists(folder.path):
            with suppress(FileExistsError):  # another run has just made it
                os.mkdir(folder.path, 0o700)
        with folder._opened():
            return folder
    except NotADirectoryError:
        raise wrong("cache-folder", str(path), "not a folder", fix="name a folder") from None
    except OSError as error:
        message = error.strerror or str(error)
        raise wrong("cache-folder", str(path), message, fix="name a folder of your own") from error


def _require_private(status: os.stat_result, path: str) -> None:
    if status.st_uid != os.geteuid():
        raise wrong(
            "cache-owner",
            path,
            "the folder belongs to another user, who could have put anything there",
            expected=f"user {os.geteuid()}",
            found=f"user {status.st_uid}",
            fix="name a folder of your own",
        )
    if status.st_mode & OTHERS:
        raise wrong(
            "cache-writable",
            path,
            "other users may write the folder, and what is kept there is run",
            expected="write permission for its owner only",
            found=stat.filemode(status.st_mode),
            fix="name another folder, or empty it and chmod go-w it",
        )


def _require_plain(status: os.stat_result) -> None:
    """Raises DamagedError for what we have not written: we make plain files, for this user alone."""
    if not stat.S_ISREG(status.st_mode):
        raise DamagedError("it is no plain file")
    if status.st_uid != os.geteuid() or status.st_mode & OTHERS:
        raise DamagedError("another user could have written it")
    if status.st_size > LARGEST:
        raise DamagedError("it is too large")


def _content(file: int) -> bytes:
    parts: list[bytes] = []
    room = LARGEST + 1
    while room and (part := os.read(file, min(room, 1 << 20))):
        parts.append(part)
        room -= len(part)
    return b"".join(parts)


def _note_use(file: int) -> None:
    if time.time() - os.fstat(file).st_mtime > REFRESHED:
        with suppress(OSError):  # a folder that may only be read serves as well
            os.utime(file)


def _write_all(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _ours(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    for name in os.listdir(folder):
        if _OURS.match(name):
            with suppress(FileNotFoundError):  # somebody else has trimmed
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield name, status


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
