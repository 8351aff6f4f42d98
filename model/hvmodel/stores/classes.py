"""The storage classes that can run on files. One is added by adding an entry to `CLASSES`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .flat import FLAT
from .forked import FORKED
from .storage_class import AnyField, BitField, BlockField, Files, FlagField, StorageClass, assign, exists
from .tracked import TRACKED

__all__ = [
    "CLASSES", "FLAT", "FORKED", "TRACKED", "AnyField", "BitField", "BlockField", "Files", "FlagField", "StorageClass",
    "assign", "exists",
]  # fmt: skip

CLASSES: Mapping[str, StorageClass] = MappingProxyType({entry.name: entry for entry in (FLAT, FORKED, TRACKED)})
"""By the name that a spec gives as `driver`."""
