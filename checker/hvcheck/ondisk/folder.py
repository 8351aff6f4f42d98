"""The folder that a run's files are kept in: made by us or empty, and nothing beside it is touched."""

from __future__ import annotations

import os
from collections.abc import Set as AbstractSet
from contextlib import suppress
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


def files_below(folder: Path) -> frozenset[Path]:
    """Everything in the folder and below it that is not a folder itself."""
    return frozenset(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def require_inside(folder: Path, made: AbstractSet[Path]) -> None:
    """Raises ProblemError if a link that someone has put there meanwhile leads from one of the paths out of the folder:
    whoever removes or makes such a file does it to somebody else's."""
    inside = os.path.realpath(folder)
    for path in sorted(made):
        if not Path(os.path.realpath(path)).is_relative_to(inside):
            name = str(path.relative_to(folder))
            raise wrong(
                "folder",
                str(folder),
                "a link leads out of the folder, so nothing was taken back",
                found=name,
                fix="the files are left as they are",
            )


def clear(folder: Path, made: AbstractSet[Path]) -> None:
    """Remove the files that a run has made in a folder, and the folders that they leave empty.

    People look at a run's files while it waits for them; what they have put beside those stays. Raises ProblemError,
    and removes nothing, if one of the files is no longer in the folder (`require_inside`).
    """
    require_inside(folder, made)
    for path in made:
        path.unlink(missing_ok=True)
    left = {parent for path in made for parent in path.parents if folder in parent.parents}
    for parent in sorted(left, key=lambda one: -len(one.parts)):
        with suppress(OSError):
            parent.rmdir()
