"""Specs to start from: complete, commented, and green."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from .library import era_names, find_module
from .shipped import FOLDER

TEMPLATES: Mapping[str, str] = MappingProxyType({"minimal": "minimal.hvs", "vss": "on_vss.hvs"})
"""By the name an author knows them under."""

VIOLATED_SCENARIO = "no_freeze"
"""In every template: the scenario that violates something, to be looked at."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")


def template(kind: str, name: str) -> str:
    """The text of a new era of that name."""
    text = (FOLDER / "templates" / TEMPLATES[kind]).read_text(encoding="utf-8")
    return re.sub(r"\Aera \w+", f"era {name}", text, count=1)


def refused_name(name: str) -> str:
    """Why an era cannot have this name; "" if it can."""
    if not _NAME.match(name):
        return "an era's name is letters, digits and _, and begins with no digit"
    if name in era_names() or find_module(name, None) is not None:
        return "a shipped spec has this name"
    return ""
