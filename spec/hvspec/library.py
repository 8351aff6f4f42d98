"""Where specs come from: shipped eras and modules, and the folder of an author's own spec. Nothing else is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hvmodel.dataclass import dataclass

from .shipped import FOLDER

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file, the name it is shown under, and the folder its modules are looked for in."""

    file: str
    text: str
    folder: Path | None = None


class UnreadableError(Exception):
    """A spec that cannot be read; the message says why."""


def era_names() -> tuple[str, ...]:
    """The shipped eras, in alphabetical order."""
    folder = FOLDER / "eras"
    return tuple(sorted(entry.name[:-4] for entry in folder.iterdir() if entry.name.endswith(".hvs")))


def may_name(era: str, name: str) -> bool:
    """Whether a name can stand in a shipped era: it does in the era's own text or in that of a shipped module."""
    own = _shipped("eras", era)
    modules = (_shipped("std", module) for module in module_names(None))
    word = re.compile(rf"\b{re.escape(name)}\b")
    return own is None or any(word.search(source.text) for source in (own, *modules) if source is not None)


def find_spec(name_or_path: str) -> Source:
    """A shipped era by its name, else a file by its path."""
    if _PLAIN_NAME.match(name_or_path) and not Path(name_or_path).exists():
        shipped = _shipped("eras", name_or_path)
        if shipped is None:
            raise UnreadableError(f"no era or file is called {name_or_path!r}; eras: {', '.join(era_names())}")
        return shipped
    path = Path(name_or_path)
    return Source(name_or_path, _read(path), path.parent)


def find_module(name: str, folder: Path | None) -> Source | None:
    """A module named by `use`: beside the spec that uses it, else a shipped one."""
    if not _PLAIN_NAME.match(name):
        return None
    if folder is not None and (folder / f"{name}.hvs").is_file():
        path = folder / f"{name}.hvs"
        return Source(str(path), _read(path), folder)
    return _shipped("std", name)


def module_names(folder: Path | None) -> Iterator[str]:
    for entry in (FOLDER / "std").iterdir():
        if entry.name.endswith(".hvs"):
            yield entry.name[:-4]
    if folder is not None:
        yield from (path.stem for path in folder.glob("*.hvs"))


def _shipped(kind: str, name: str) -> Source | None:
    entry = FOLDER / kind / f"{name}.hvs"
    return Source(f"{kind}/{name}.hvs", entry.read_text(encoding="utf-8")) if entry.is_file() else None


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            raise UnreadableError(f"{path}: not a file")
        if path.stat().st_size > 8_000_000:
            raise UnreadableError(f"{path}: too large to be a spec")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{path}: not text in UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from None
