"""The folder that a run's files are kept in: made by us or empty, and nothing beside it is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

from .problem import wrong


def prepare(folder: Path) -> Path:
    """The folder, made if it is missing (its parent is not). Raises ProblemError unless it is empty."""
    try:
        folder.mkdir(exist_ok=True)
        found = sorted(path.name for path in folder.iterdir())
    except FileExistsError:
        raise wrong("folder", str(folder), "not a folder", fix="name a new folder") from None
    except OSError as error:
        raise wrong("folder", str(folder), error.strerror or str(error), fix="name a folder you may write") from error
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise wrong(
            "folder",
            str(folder),
            "the folder is not empty",
            found=f"{found[0]}{more}",
            fix="name a new or empty folder",
        )
    return folder


def clear(folder: Path) -> None:
    """Remove what a run has put into a folder that `prepare` gave."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
