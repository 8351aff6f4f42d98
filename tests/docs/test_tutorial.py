"""The tutorial is followed to the letter, from an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fences import ROOT, fences
from .walk import walk


@pytest.mark.parametrize("page", ["docs/tutorial.md", "README.md"])
def test_the_page_shows_what_its_commands_print(page: str, tmp_path: Path) -> None:
    followed = list(walk(page, tmp_path))
    assert followed
    for fence, printed in followed:
        assert fence.text == printed, str(fence)


def test_the_readme_shows_the_spec_of_the_tutorial() -> None:
    short = [fence.text for fence in fences("README.md") if fence.language == "hvs"]
    assert short == [fence.text for fence in fences("docs/tutorial.md") if fence.language == "hvs"][:1]


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_what_a_page_points_to_is_there(page: str) -> None:
    import re

    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (ROOT / target).exists(), target
