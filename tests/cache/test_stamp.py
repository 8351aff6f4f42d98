"""Which hvcheck it is: any edit of its files makes another, and an edit meanwhile is seen."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hvcheck.cache import stamp as stamping
from hvcheck.cache.stamp import own_folders, stamp


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    (folder / "inner").mkdir(parents=True)
    for name in ("__init__.py", "inner/kernel.wat", "inner/era.hvs", "grammar.lark"):
        (folder / name).write_text(f"text of {name}")
    return folder


def _edit(package: Path) -> None:
    (package / "inner" / "kernel.wat").write_text("text of inner/kernel.WAT")


def _add(package: Path) -> None:
    (package / "inner" / "more.py").write_text("")


def _remove(package: Path) -> None:
    (package / "grammar.lark").unlink()


def _rename(package: Path) -> None:
    (package / "grammar.lark").rename(package / "grammar.txt")


def _swap(package: Path) -> None:
    texts = [(package / name).read_text() for name in ("__init__.py", "grammar.lark")]
    for name, text in zip(("grammar.lark", "__init__.py"), texts, strict=True):
        (package / name).write_text(text)


def _edit_unseen(package: Path) -> None:
    """An edit that keeps the length and the time of the file."""
    path = package / "inner" / "era.hvs"
    before = path.stat()
    path.write_text("TEXT of inner/era.hvs")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [_edit, _add, _remove, _rename, _swap, _edit_unseen])
def test_a_change_of_the_files_is_another_hvcheck(package: Path, change: Callable[[Path], None]) -> None:
    before = stamp([str(package)])
    assert before.current
    change(package)
    assert not before.current
    after = stamp([str(package)])
    assert after.digest != before.digest
    assert after.current


def test_what_python_makes_itself_does_not_count(package: Path) -> None:
    before = stamp([str(package)])
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert before.current
    assert stamp([str(package)]).digest == before.digest


def test_the_same_files_elsewhere_are_the_same_hvcheck(package: Path, tmp_path: Path) -> None:
    before = stamp([str(package)])
    (tmp_path / "elsewhere").mkdir()
    moved = package.rename(tmp_path / "elsewhere" / "package")
    assert stamp([str(moved)]).digest == before.digest


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (sys, "version", "3.99"),
        (platform, "machine", lambda: "vax"),
        (platform, "system", lambda: "Plan 9"),
        (stamping, "version", lambda library: f"99 of {library}"),
    ],
)
def test_python_the_libraries_and_the_machine_count(
    package: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str, value: object
) -> None:
    before = stamp([str(package)])
    monkeypatch.setattr(where, name, value)
    assert stamp([str(package)]).digest != before.digest


def test_files_that_changed_just_now_may_not_be_what_is_loaded(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = stamp([str(package)])
    assert not made.settled
    monkeypatch.setattr(stamping.time, "time", lambda: made.latest + 11)
    assert made.settled


def test_a_file_that_can_no_longer_be_read_is_a_change(package: Path) -> None:
    made = stamp([str(package)])
    (package / "more.py").symlink_to("nowhere")
    assert not made.current


def test_no_files_are_no_hvcheck(tmp_path: Path) -> None:
    """In an archive, every version would look the same."""
    with pytest.raises(OSError, match="no files"):
        stamp([str(tmp_path / "archive.pyz" / "hvcheck")])


def test_all_three_packages_count() -> None:
    assert [Path(folder).name for folder in own_folders()] == ["hvmodel", "hvspec", "hvcheck"]
    whole = stamp(own_folders()).digest
    assert len({whole, *(stamp([one for one in own_folders() if one != left]).digest for left in own_folders())}) == 4
