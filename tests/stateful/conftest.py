from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[], Path]:
    """Fresh folders inside the test's own."""
    numbers = count()

    def folder() -> Path:
        made = tmp_path / str(next(numbers))
        made.mkdir()
        return made

    return folder
