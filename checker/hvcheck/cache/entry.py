"""One file of a cache: a line that says what it is, its key, a digest of all, and the content."""

from __future__ import annotations

import hashlib

from .folder import DamagedError

_HEAD = b"hvcheck cache 1\n"


def key_of(*parts: bytes) -> str:
    """A SHA-256 of the parts, each with its length, so that none runs into the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def sealed(key: str, content: bytes) -> bytes:
    """The bytes of the file."""
    return b"".join([_HEAD, key.encode(), b"\n", key_of(key.encode(), content).encode(), b"\n", content])


def unsealed(key: str, file: bytes) -> bytes:
    """The content again. Raises DamagedError unless it is, to the last bit, what was kept under this key."""
    head, line = file[: len(_HEAD)], len(key) + 1
    start = len(_HEAD) + 2 * line
    if head != _HEAD or len(file) < start:
        raise DamagedError("it is no entry of a cache")
    content = file[start:]
    if file != sealed(key, content):
        raise DamagedError("its content is not what was written")
    return content
