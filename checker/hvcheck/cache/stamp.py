"""Which hvcheck this is: a digest of its own files and of what else decides what compiling gives."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

import hvcheck
import hvmodel
import hvspec
from hvmodel.dataclass import dataclass

SETTLED = 10.0
"""Seconds for which hvcheck's files must not have changed: before, another text may be loaded than lies there."""

_LIBRARIES = ("lark", "wasmtime", "numpy")


@dataclass(frozen=True, slots=True)
class Stamp:
    """`digest` covers contents and versions; `seen` is what the system says of each file, and of when it changed.

    `folders` are those whose files are meant, `latest` when the last of them changed (seconds since 1970).
    """

    folders: tuple[str, ...]
    digest: str
    seen: int
    latest: float

    @property
    def settled(self) -> bool:
        """Whether what is loaded is what the digest was made of."""
        return time.time() - self.latest > SETTLED

    @property
    def current(self) -> bool:
        """Whether no file has changed since, so that what was imported meanwhile is what the digest was made of."""
        try:
            return _seen(self.folders) == (self.seen, self.latest)
        except OSError:  # one goes just now, say
            return False


UNKNOWN = Stamp((), "", 0, 0.0)
"""Of files that cannot be read; a cache with it is not used."""


def own_folders() -> tuple[str, ...]:
    """Where the three packages lie."""
    return tuple(os.path.dirname(os.path.abspath(str(package.__file__))) for package in (hvmodel, hvspec, hvcheck))


def stamp(folders: Sequence[str]) -> Stamp:
    """Of the files as they are now: a developer's edit makes another hvcheck. Raises OSError if one cannot be read."""
    seen, latest = _seen(folders)
    if latest == 0.0:  # in an archive, say
        raise FileNotFoundError(errno.ENOENT, "no files are found")
    digest = hashlib.sha256()
    for name in (sys.version, sys.byteorder, platform.system(), platform.machine(), *map(_version, _LIBRARIES)):
        digest.update(f"{name}\0".encode())
    for root, path in _files(folders):
        with open(os.path.join(root, path), "rb") as file:
            content = file.read()
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return Stamp(tuple(folders), digest.hexdigest(), seen, latest)


def _version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"no {library}"


def _seen(folders: Sequence[str]) -> tuple[int, float]:
    """A number for the state of all files, and when the last of them changed (its content, its name or its owner)."""
    digest, latest = hashlib.sha256(), 0.0
    for root, path in _files(folders):
        status = os.stat(os.path.join(root, path))
        digest.update(f"{path}\0{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}\0".encode())
        latest = max(latest, status.st_mtime, status.st_ctime)
    return int.from_bytes(digest.digest()[:8], "big"), latest


def _files(folders: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every file but what Python makes itself: the folder above a package, and the path from there."""
    for folder in folders:
        root = os.path.dirname(folder)
        for place, inside, names in os.walk(folder):
            inside[:] = sorted(name for name in inside if name != "__pycache__")
            yield from ((root, os.path.relpath(os.path.join(place, name), root)) for name in sorted(names))
