"""The page of the authors' commands shows what they print."""

from __future__ import annotations

from pathlib import Path

from .walk import walk


def test_the_page_shows_what_its_commands_print(tmp_path: Path) -> None:
    followed = list(walk("docs/authoring.md", tmp_path))
    assert len(followed) == 4
    for fence, printed in followed:
        assert fence.text == printed, str(fence)
