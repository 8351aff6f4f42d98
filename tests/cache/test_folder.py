"""The folder of a cache: whose it must be, what in it is read and removed, and that nothing outside it is touched."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hvcheck.cache.folder import DamagedError, Folder, prepare
from hvcheck.problem import ProblemError

NAME = "hvcheck-system-" + 64 * "a"
OTHER = "hvcheck-module-" + 64 * "b"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return prepare(tmp_path / "kept")


def place(folder: Folder, name: str = NAME) -> Path:
    return Path(folder.path) / name


def refused(path: Path) -> str:
    with pytest.raises(ProblemError) as error:
        prepare(path)
    return str(error.value).replace(str(path), "DIR")


def test_a_missing_folder_is_made_for_this_user_alone(folder: Folder) -> None:
    assert stat.S_IMODE(os.stat(folder.path).st_mode) == 0o700
    folder.write(NAME, b"x")
    assert stat.S_IMODE(place(folder).stat().st_mode) == 0o600


def test_its_parent_is_not_made(tmp_path: Path) -> None:
    assert refused(tmp_path / "a" / "b") == (
        "cache-folder: DIR: No such file or directory; name a folder of your own"
    )  # fmt: skip
    assert not (tmp_path / "a").exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert refused(tmp_path / "file") == "cache-folder: DIR: not a folder; name a folder"
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(("mode", "shown"), [(0o770, "drwxrwx---"), (0o702, "drwx----w-"), (0o1777, "drwxrwxrwt")])
def test_a_folder_that_others_may_write_is_refused(tmp_path: Path, mode: int, shown: str) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(mode)
    assert refused(tmp_path / "open") == (
        "cache-writable: DIR: other users may write the folder, and what is kept there is run;"
        f" expected write permission for its owner only; found {shown};"
        " name another folder, or empty it and chmod go-w it"
    )


def test_a_folder_that_others_may_read_is_taken(tmp_path: Path) -> None:
    (tmp_path / "read").mkdir()
    (tmp_path / "read").chmod(0o755)
    assert prepare(tmp_path / "read").read(NAME) is None


def test_another_users_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs").mkdir(0o700)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert refused(tmp_path / "theirs") == (
        "cache-owner: DIR: the folder belongs to another user, who could have put anything there;"
        f" expected user {owner + 1}; found user {owner}; name a folder of your own"
    )


def test_a_system_that_does_not_tell_who_may_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "geteuid")
    assert refused(tmp_path / "any").startswith("cache-unsupported: DIR: ")
    assert not (tmp_path / "any").exists()


def test_a_folder_is_judged_at_each_access(folder: Folder) -> None:
    folder.write(NAME, b"x")
    os.chmod(folder.path, 0o777)
    for access in (lambda: folder.read(NAME), lambda: folder.write(NAME, b"y"), folder.trim):
        with pytest.raises(ProblemError):
            access()


def test_what_is_written_is_read(folder: Folder) -> None:
    assert folder.read(NAME) is None
    folder.write(NAME, b"first")
    folder.write(NAME, b"second" * 1_000_000)
    assert folder.read(NAME) == b"second" * 1_000_000
    assert os.listdir(folder.path) == [NAME]


# ---------------------------------------------------------------- what somebody has put there


def _link(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def _pipe(path: Path, _outside: Path) -> None:
    os.mkfifo(path)


def _writable(path: Path, _outside: Path) -> None:
    path.write_text("x")
    path.chmod(0o666)


@pytest.mark.parametrize("put", [_link, _pipe, _writable])
def test_what_we_did_not_write_is_not_read_and_gives_way(
    folder: Folder, tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    put(place(folder), outside)
    with pytest.raises(DamagedError):
        folder.read(NAME)
    folder.write(NAME, b"ours")
    assert folder.read(NAME) == b"ours"
    assert outside.read_text() == "precious"
    assert not place(folder).is_symlink()


def test_a_folder_with_the_name_of_an_entry_stays(folder: Folder) -> None:
    place(folder).mkdir()
    (place(folder) / "file").write_text("precious")
    with pytest.raises(DamagedError):
        folder.read(NAME)
    with pytest.raises(OSError):
        folder.write(NAME, b"ours")
    Folder(folder.path, limit=1).trim()
    assert (place(folder) / "file").read_text() == "precious"
    assert os.listdir(folder.path) == [NAME]


def test_a_link_in_the_place_of_the_folder_is_judged_by_where_it_leads(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(0o777)
    os.rmdir(folder.path)
    os.symlink(tmp_path / "theirs", folder.path)
    with pytest.raises(ProblemError):
        folder.write(NAME, b"x")
    assert os.listdir(tmp_path / "theirs") == []


# ---------------------------------------------------------------- size


def test_the_least_recently_used_go(folder: Folder) -> None:
    names = [f"hvcheck-system-{k:064x}" for k in range(10)]
    for age, name in enumerate(names):
        folder.write(name, 100 * b"x")
        os.utime(place(folder, name), (1e9 - age, 1e9 - age))
    assert folder.read(names[9]) is not None  # the oldest, but now used
    small = Folder(folder.path, limit=400)
    small.trim()
    assert sorted(os.listdir(folder.path)) == sorted([names[9], names[0], names[1]])
    small.trim()
    assert len(os.listdir(folder.path)) == 3


def test_only_our_own_files_are_ever_removed(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    theirs = ["notes.txt", NAME + ".bak", "hvcheck-system-short", "x" + NAME, NAME.upper(), f"{NAME}.part", f"{NAME}\n"]
    for name in theirs:
        place(folder, name).write_text("precious")
        os.utime(place(folder, name), (1, 1))
    place(folder, OTHER).symlink_to(outside)
    folder.write(NAME, 1000 * b"x")
    Folder(folder.path, limit=10).trim()
    assert sorted(os.listdir(folder.path)) == sorted([*theirs, OTHER])
    assert outside.read_text() == "precious"


def test_what_was_never_finished_goes_when_it_is_old(folder: Folder) -> None:
    old, new = f"{NAME}.{16 * '0'}.part", f"{NAME}.{16 * '1'}.part"
    for name in (old, new):
        place(folder, name).write_bytes(b"half")
    os.utime(place(folder, old), (time.time() - 7200,) * 2)
    folder.trim()
    assert os.listdir(folder.path) == [new]


# ---------------------------------------------------------------- trouble


def test_a_write_that_fails_leaves_what_was_there(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(NAME, b"before")

    def full(_file: int, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        folder.write(NAME, b"after")
    monkeypatch.undo()
    assert folder.read(NAME) == b"before"
    assert os.listdir(folder.path) == [NAME]


def test_many_write_read_and_trim_at_once(folder: Folder) -> None:
    """Whoever reads sees one content or the other, or nothing, never a mixture or half of one."""
    contents = {bytes([65 + k]) * 300_000 for k in range(4)}
    small = Folder(folder.path, limit=500_000)

    def toil(content: bytes) -> set[bytes | None]:
        seen: set[bytes | None] = set()
        for turn in range(40):
            folder.write(NAME if turn % 2 else OTHER, content)
            seen.add(folder.read(NAME))
            if turn % 10 == 0:
                small.trim()
        return seen

    with ThreadPoolExecutor(4) as pool:
        seen = set[bytes | None]().union(*pool.map(toil, contents))
    assert seen <= {*contents, None}
    assert set(os.listdir(folder.path)) <= {NAME, OTHER}
