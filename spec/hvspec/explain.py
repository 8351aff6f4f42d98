"""What each diagnostic means, with a spec that raises it and the same one mended."""

from __future__ import annotations

import re

from hvmodel.dataclass import dataclass

from .shipped import FOLDER

_CODE = re.compile(r"HV[0-9]{3}\Z")


@dataclass(frozen=True, slots=True)
class Explanation:
    """`broken` raises the code and `mended` does not; where no short spec can, both are "" and `how` says why."""

    code: str
    title: str
    text: str
    broken: str = ""
    mended: str = ""
    how: str = ""


def explained_codes() -> tuple[str, ...]:
    """Every code that is explained, in order."""
    names = (entry.name for entry in (FOLDER / "explanations").iterdir())
    return tuple(sorted(name[:-4] for name in names if name.endswith(".txt")))


def explanation(code: str) -> Explanation | None:
    """What a code such as HV101 means; None if there is no such code."""
    file = FOLDER / "explanations" / f"{code}.txt"
    if not _CODE.match(code) or not file.is_file():
        return None
    head, *rest = re.split(r"^--- (\w+)\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    title, _, text = head.strip().partition("\n")
    return Explanation(
        code, title, text, parts.get("broken", ""), parts.get("mended", ""), parts.get("how", "").strip()
    )
