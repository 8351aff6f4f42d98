"""What a pointer file is held to."""

from __future__ import annotations

from types import MappingProxyType

from hvmodel.stores.refusal import Rule

_TEXTS = {
    "set-magic": ("head", "a pointer file starts with 'HVVHDSET', its version and a matching checksum"),
    "set-size": ("head", "a pointer file has at most 260 KiB"),
    "set-text": ("body", "the body is a table of the set's files as JSON"),
    "set-name": ("body", "every file of the set is a plain name in the folder of the pointer file"),
    "set-snapshot": ("body", "snapshots have different ids, and files of the set other than the active one"),
}
RULES = MappingProxyType({code: Rule(f"VHD Set, {section}", text) for code, (section, text) in _TEXTS.items()})
