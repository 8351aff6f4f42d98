"""What is exported, as people read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chart.golden import check

from .helpers import BACKUP, TINY, exported

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    ("name", "path", "scenario"),
    [("claims", TINY / "claims.hvs", "default"), ("backup", BACKUP, "shallow")],
)
@pytest.mark.parametrize(("form", "suffix"), [("promela", "pml"), ("tla", "tla"), ("cfg", "cfg")])
def test_the_text(
    name: str, path: Path, scenario: str, form: str, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    text = exported(form, path.name, scenario).text
    check(GOLDEN, f"{name}.{suffix}", text)
