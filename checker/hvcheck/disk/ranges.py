"""A reported list of changed ranges, as files of people's own tools write it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hvmodel.stores.compare import Range

_OFFSETS, _LENGTHS = ("offset", "start", "ByteOffset"), ("length", "size", "ByteLength")


def read_ranges(path: Path) -> list[Range]:
    """JSON (a list of [offset, length] or of objects, or an object with such a list under `ranges`), or lines of
    `offset length`. Bytes; decimal or 0x. Raises ValueError saying which entry is wrong."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip()[:1] in ("[", "{"):
        return _from_json(json.loads(text))
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].replace(",", " ").split()
        if words:
            found.append(_pair(words, f"line {number}"))
    return found


def _from_json(plain: Any) -> list[Range]:
    entries = plain.get("ranges") if isinstance(plain, dict) else plain
    if not isinstance(entries, list):
        raise ValueError("no list of ranges")
    found = []
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            entry = [next((entry[key] for key in keys if key in entry), None) for keys in (_OFFSETS, _LENGTHS)]
        found.append(_pair(entry, f"range {number}"))
    return found


def _pair(entry: Any, where: str) -> Range:
    if not isinstance(entry, list) or len(entry) != 2:
        raise ValueError(f"{where} is not an offset and a length")
    try:
        offset, length = (int(value, 0) if isinstance(value, str) else int(value) for value in entry)
    except (TypeError, ValueError):
        raise ValueError(f"{where} is not two numbers") from None
    if offset < 0 or length < 0:
        raise ValueError(f"{where} is negative")
    return offset, length
