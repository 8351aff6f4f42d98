"""An adapter by the file it stands in: `my_tool.py:MyTool`."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from hvcheck.plan.choice import UsageError

from .adapter import Adapter


def adapter_from(name: str) -> type[Adapter]:
    """Imports the user's file, with its folder on the path. Raises UsageError with the reason if there is none."""
    file, _, wanted = name.rpartition(":")
    path = Path(file)
    if not file or not wanted.isidentifier() or path.suffix != ".py":
        raise UsageError(f"{name!r} is not FILE.py:CLASS, as in my_tool.py:MyTool")
    if not path.is_file():
        raise UsageError(f"there is no file {file}")
    sys.path.insert(0, str(path.resolve().parent))
    try:
        module = import_module(path.stem)
    except (Exception, SystemExit) as error:  # the user's own code: whatever it raises is the reason
        raise UsageError(f"{file} cannot be imported: {type(error).__name__}: {error}") from error
    there = Path(module.__file__ or "").resolve() == path.resolve()
    if not there:
        raise UsageError(f"another module is called {path.stem}; give {file} another name")
    own = {key: value for key, value in vars(module).items() if isinstance(value, type) and issubclass(value, Adapter)}
    own.pop("Adapter", None)
    if wanted not in own:
        close = get_close_matches(wanted, own, 1)
        advice = f"did you mean {close[0]}?" if close else f"it has: {', '.join(own) or 'none'}"
        raise UsageError(f"{file} has no adapter {wanted}; {advice}")
    return own[wanted]
