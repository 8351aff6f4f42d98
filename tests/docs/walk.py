"""Following a tutorial: its files are written and changed, its commands are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .fences import Fence, fences


def walk(page: str, folder: Path) -> Iterator[tuple[Fence, str]]:
    """The page's commands in order, each with what it prints in the folder as the page has left it."""
    for fence in fences(page):
        if fence.language in ("hvs", "python") and fence.words:
            _write(folder, fence)
        elif fence.language == "console":
            command = fence.text.splitlines()[0].removeprefix("$ ")
            yield fence, f"$ {command}\n{_run(command, folder)}"


def _write(folder: Path, fence: Fence) -> None:
    """`hvs FILE` (or `python FILE`) starts a file; `change` puts the block in the place of the
    declaration that begins alike; `add`."""
    path = folder / fence.words[0]
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    match fence.words[1:]:
        case ():
            after = fence.text
        case ("add",):
            after = before + fence.text
        case ("change",):
            first = fence.text.splitlines()[0]
            after, times = re.subn(
                rf"^{re.escape(first)}\n.*?^}}\n", fence.text, before, flags=re.MULTILINE | re.DOTALL
            )
            assert times == 1, f"{fence}: {first} stands {times} times in {path.name}"
        case other:
            raise AssertionError(f"{fence}: {other}")
    path.write_text(after, encoding="utf-8")


def _run(command: str, folder: Path) -> str:
    """The command's output, errors included, with every time as 0.0 s and no blank lines at the end."""
    name, *arguments = command.split()
    assert name == "hvcheck", command
    paths = os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-m", "hvcheck.cli.main", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    shown = re.sub(r"\b\d+\.\d s\b", "0.0 s", done.stdout + done.stderr)
    return re.sub(r"[ \t]+$", "", shown, flags=re.MULTILINE).rstrip("\n") + "\n"
