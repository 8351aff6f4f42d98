"""Exporting specs of the tests in a line."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers import BACKUP
from hvcheck.export import Exported, Origin
from hvcheck.export.promela import promela
from hvcheck.export.tla import tla, tla_config
from hvmodel.system import Scope, System
from language.helpers import compiled, loaded

TINY = Path(__file__).parents[1] / "language" / "tiny"
FORMS = {"promela": promela, "tla": tla, "cfg": tla_config}


def system_of(spec: str | Path, scenario: str | None = None, scope: str | None = None) -> tuple[System, Scope]:
    return compiled(loaded(spec), scenario, scope)


def exported(form: str, spec: str | Path, scenario: str | None = None, scope: str | None = None) -> Exported:
    read = loaded(spec)
    # The file's name alone, so that golden texts are the same wherever the project lies.
    sources = {file: text for file, text in read.sources.items() if not Path(file).is_absolute()}
    return FORMS[form](*compiled(read, scenario, scope), Origin(read.name, read.title, scenario or "", sources))


__all__ = ["BACKUP", "TINY", "exported", "system_of"]
