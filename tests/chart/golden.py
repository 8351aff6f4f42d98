"""Golden files: what people read, kept as files. `UPDATE_GOLDEN=1 pytest tests/chart` rewrites them."""

from __future__ import annotations

import os
from pathlib import Path


def check(folder: Path, name: str, text: str) -> None:
    """Compare with `folder/name`; the file must exist unless this run writes it."""
    path = folder / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        folder.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no golden file {name}; write it with UPDATE_GOLDEN=1 and read it"
    assert text == path.read_text(encoding="utf-8")
