"""The pointer file: which file is written to, and which files are snapshots. No byte of the disk is in it.

Layout, little-endian: magic `HVVHDSET`, CRC-32C of the file with this field as zeros (4), version 1 (4), length of the
body (4), 12 zeros; then the body, JSON in UTF-8: {"id": GUID, "active": NAME, "snapshots": [{"id": GUID, "file":
NAME}]}, oldest first. Names are base names: the set is moved by moving its files together.
"""

from __future__ import annotations

import json
import struct
from uuid import UUID

from hvmodel.dataclass import dataclass
from hvmodel.stores.crc32c import crc32c
from hvmodel.stores.folder import plain_name
from hvmodel.stores.refusal import Report

MAX_SIZE = 260 << 10
_HEAD = struct.Struct("<8sIII12x")
_MAGIC = b"HVVHDSET"


@dataclass(frozen=True, slots=True)
class Snapshot:
    identity: UUID
    file: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """`active` is the leaf that the guest writes; `snapshots` oldest first."""

    identity: UUID
    active: str
    snapshots: tuple[Snapshot, ...] = ()

    def encode(self) -> bytes:
        plain = {
            "id": str(self.identity),
            "active": self.active,
            "snapshots": [{"id": str(one.identity), "file": one.file} for one in self.snapshots],
        }
        body = json.dumps(plain).encode()
        return sealed(_HEAD.pack(_MAGIC, 0, 1, len(body)) + body)


def sealed(data: bytes) -> bytes:
    """`data` with its checksum filled in."""
    clear = data[:8] + bytes(4) + data[12:]
    return clear[:8] + struct.pack("<I", crc32c(clear)) + clear[12:]


def decode(data: bytes, report: Report) -> Pointer:
    """Raises Refused for anything but a whole pointer file."""
    if len(data) > MAX_SIZE:
        report.fatal("set-size", "size", len(data))
    if len(data) < _HEAD.size or data[:8] != _MAGIC or sealed(data) != data:
        report.fatal("set-magic", "head", repr(data[:8]), 0)
    _, _, version, length = _HEAD.unpack_from(data)
    if version != 1 or _HEAD.size + length != len(data):
        report.fatal("set-magic", "version, length", f"{version}, {length}", 12)
    try:
        plain = json.loads(data[_HEAD.size :])
        snapshots = tuple(Snapshot(UUID(one["id"]), one["file"]) for one in plain["snapshots"])
        pointer = Pointer(UUID(plain["id"]), plain["active"], snapshots)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        report.fatal("set-text", "body", type(error).__name__, _HEAD.size)
    _judge(pointer, report)
    return pointer


def _judge(pointer: Pointer, report: Report) -> None:
    names = [pointer.active, *(one.file for one in pointer.snapshots)]
    for name in names:
        if not isinstance(name, str) or not plain_name(name):
            report.fatal("set-name", "file", repr(name)[:80])
    if len(set(names)) != len(names) or len({one.identity for one in pointer.snapshots}) != len(pointer.snapshots):
        report.fatal("set-snapshot", "files", ", ".join(names)[:200])
