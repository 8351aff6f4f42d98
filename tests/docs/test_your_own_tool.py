"""The page of adapters: its files are those of the example, its commands print what it shows, its test passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fences import ROOT, fences
from .walk import walk

PAGE = "docs/your-own-tool.md"
EXAMPLE = ROOT / "docs/examples/toy_backup"


def test_the_page_has_the_files_of_the_example() -> None:
    shown = {fence.words[0]: fence.text for fence in fences(PAGE) if fence.language in ("hvs", "python")}
    there = {file.name: file.read_text(encoding="utf-8") for file in EXAMPLE.iterdir() if file.is_file()}
    assert {name: text for name, text in shown.items() if name in there} == there
    assert sorted(shown.keys() - there.keys()) == ["misspelt.py"]


@pytest.mark.slow
def test_the_page_shows_what_its_commands_print(tmp_path: Path) -> None:
    followed = list(walk(PAGE, tmp_path))
    assert len(followed) == 5
    for fence, printed in followed:
        assert fence.text == printed, str(fence)
    assert (tmp_path / "failures").is_dir()
