"""The parent locator (MS-VHDX 2.6.2.6): which file a differencing file stands on."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from hvmodel.dataclass import dataclass
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx.identifiers import NO_GUID, VHDX_LOCATOR_TYPE

_HEAD = struct.Struct("<16sHH")
_ENTRY = struct.Struct("<IIHH")
LINKAGE, LINKAGE2 = "parent_linkage", "parent_linkage2"
RELATIVE, VOLUME, ABSOLUTE = "relative_path", "volume_path", "absolute_win32_path"
_ORDER = (LINKAGE, ABSOLUTE, RELATIVE, VOLUME, LINKAGE2)
_PATHS = (RELATIVE, VOLUME, ABSOLUTE)


@dataclass(frozen=True, slots=True)
class Locator:
    """Keys and values as they stand in the file."""

    entries: Mapping[str, str]

    @property
    def linkage(self) -> UUID:
        """The parent's DataWriteGuid when the child was made."""
        return UUID(self.entries[LINKAGE])

    @property
    def linkages(self) -> frozenset[UUID]:
        """Every DataWriteGuid the parent may have; two while a merge is under way."""
        values = (self.entries.get(key, "") for key in (LINKAGE, LINKAGE2))
        return frozenset(guid for value in values if (guid := _guid(value)) is not None and guid != NO_GUID)

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the parent was, in the order in which readers try: relative, volume, absolute."""
        return tuple(self.entries[key] for key in _PATHS if self.entries.get(key))

    def encode(self) -> bytes:
        """Keys in the order Windows writes them, strings packed, no NULs."""
        keys = [key for key in _ORDER if key in self.entries] + sorted(set(self.entries) - set(_ORDER))
        table, strings = b"", b""
        start = _HEAD.size + _ENTRY.size * len(keys)
        for key in keys:
            name, value = key.encode("utf-16-le"), self.entries[key].encode("utf-16-le")
            at = start + len(strings)
            table += _ENTRY.pack(at, at + len(name), len(name), len(value))
            strings += name + value
        return _HEAD.pack(VHDX_LOCATOR_TYPE.bytes_le, 0, len(keys)) + table + strings


def make(parent_name: str, linkage: UUID, second: UUID = NO_GUID) -> Locator:
    """A locator of a parent in the child's own folder."""
    return Locator(
        MappingProxyType(
            {
                LINKAGE: f"{{{linkage}}}",
                RELATIVE: f".\\{parent_name}",
                LINKAGE2: f"{{{second}}}",
            }
        )
    )


def _guid(text: str) -> UUID | None:
    if not (len(text) == 38 and text[0] == "{" and text[-1] == "}"):
        return None
    try:
        return UUID(text[1:-1])
    except ValueError:
        return None


def decode(data: bytes, at: int, report: Report) -> Locator:
    """`data` is the whole item, `at` its offset in the file. Raises Refused."""
    if len(data) < _HEAD.size:
        report.fatal("locator-count", "Length", len(data), at)
    kind, _, count = _HEAD.unpack_from(data)
    if UUID(bytes_le=kind) != VHDX_LOCATOR_TYPE:
        report.fatal("locator-type", "LocatorType", UUID(bytes_le=kind), at)
    start = _HEAD.size + count * _ENTRY.size
    if count == 0 or start > len(data):
        report.fatal("locator-count", "KeyValueCount", count, at + 18)
    entries: dict[str, str] = {}
    for index in range(count):
        place = _HEAD.size + index * _ENTRY.size
        key_at, value_at, key_length, value_length = _ENTRY.unpack_from(data, place)
        key = _text(data, start, key_at, key_length, at + place, report)
        value = _text(data, start, value_at, value_length, at + place + 4, report)
        if key in entries:
            report.fatal("locator-duplicate", "Key", repr(key), at + place)
        entries[key] = value
    if LINKAGE not in entries:
        report.fatal("locator-linkage", LINKAGE, "absent", at)
    if _guid(entries[LINKAGE]) is None:
        report.fatal("locator-linkage", LINKAGE, repr(entries[LINKAGE][:60]), at)
    return Locator(MappingProxyType(entries))


def _text(data: bytes, start: int, offset: int, length: int, at: int, report: Report) -> str:
    if offset < start or length == 0 or offset + length > len(data):
        report.fatal("locator-offset", "offset, length", f"{offset}, {length} in {len(data)} bytes", at)
    if length % 2:
        report.fatal("locator-text", "length", length, at)
    try:
        text = data[offset : offset + length].decode("utf-16-le")
    except UnicodeDecodeError as error:
        report.fatal("locator-text", "text", f"not UTF-16 ({error.reason})", at)
    if "\0" in text:
        report.fatal("locator-text", "text", "holding NUL", at)
    return text
