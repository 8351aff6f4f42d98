"""What the two side files of a tracker are held to."""

from __future__ import annotations

from types import MappingProxyType

from hvmodel.stores.refusal import Rule

_TEXTS = {
    "fine-file": ("fine file", "a fine file has its magic, its length and its checksum"),
    "coarse-file": ("coarse file", "a coarse file has its magic, its length and its checksum"),
    "epoch": ("recovery", "the coarse file continues the fine file"),
    "identity": ("recovery", "the disk was not changed by a writer that does not track"),
    "size": ("recovery", "the side files describe a disk of this size"),
}
RULES = MappingProxyType({code: Rule(f"tracker, {section}", text) for code, (section, text) in _TEXTS.items()})
