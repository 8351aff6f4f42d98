"""Tables and lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hvcheck.disk.describe import bytes_text
from hvcheck.disk.mapping import MIXED, ZEROS, Picture, lines, symbol
from hvmodel.stores.compare import Audit, Range
from hvmodel.stores.refusal import Finding

_SHOWN = 40
_WORDS = {"error": "error", "damage": "damage", "note": "note"}


def description(tables: Sequence[dict[str, Any]]) -> Iterator[str]:
    for index, table in enumerate(tables):
        yield table["file"] if index == 0 else f"{'  ' * index}over {table['file']}"
        for key, value in table.items():
            if key != "file":
                yield f"{'  ' * index}  {key:<22}{_value(key, value)}"


def _value(key: str, value: Any) -> str:
    if key.endswith("size"):
        return bytes_text(value)
    if isinstance(value, dict):
        return ", ".join(f"{count:,} {name}" for name, count in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def findings(found: Iterable[Finding]) -> Iterator[str]:
    """What was found, where, and the rule it breaks."""
    for finding in found:
        place = "" if finding.offset is None else f" at offset {finding.offset:#x}"
        yield f"{finding.path}: {_WORDS[finding.severity]} {finding.code}{place}"
        yield f"  {finding.field} is {finding.found}"
        yield f"  {finding.rule.section}: {finding.rule.text}"


def finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.path,
        "severity": finding.severity,
        "code": finding.code,
        "field": finding.field,
        "found": finding.found,
        "offset": finding.offset,
        "section": finding.rule.section,
        "rule": finding.rule.text,
    }


def picture(found: Picture, names: Sequence[str]) -> Iterator[str]:
    yield from lines(found, 64)
    yield f"one cell is {bytes_text(found.cell)}; {MIXED} several owners"
    for level, name in enumerate(names):
        yield f"  {symbol(level)}  {name}: {bytes_text(found.owned[level])}"
    yield f"  {ZEROS}  zeros: {bytes_text(found.owned[-1])}"


def ranges(found: Sequence[Range]) -> Iterator[str]:
    for offset, length in found[:_SHOWN]:
        yield f"  {offset:#x}  {bytes_text(length)}"
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN:,} more (--json lists all)"


def audit(found: Audit) -> Iterator[str]:
    yield f"changed:  {bytes_text(found.changed)}"
    yield f"reported: {bytes_text(found.reported)}"
    missing = sum(length for _, length in found.missing)
    surplus = sum(length for _, length in found.surplus)
    if found.missing:
        yield f"MISSING:  {bytes_text(missing)} changed and not reported; a backup from this list is wrong"
        yield from ranges(found.missing)
    if found.surplus:
        yield f"surplus:  {bytes_text(surplus)} reported and not changed; costs time, breaks nothing"
        yield from ranges(found.surplus)
    if not found.missing:
        yield "every change is reported"
