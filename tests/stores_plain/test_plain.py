"""The plain store keeps the driver's contract, loses what is unflushed, and stays in its folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from hvmodel.stores.driver import Driver, StoreError
from hvmodel.stores.plain import PlainDisk

from .contract import exercise

SIZE = 64
ONE, TWO, ZERO = b"1" * SIZE, b"2" * SIZE, bytes(SIZE)


@pytest.fixture
def disk(tmp_path: Path) -> Driver:
    return PlainDisk(tmp_path / "disk", SIZE)


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(StoreError) as caught:
        call(*arguments)  # type: ignore[operator]
    assert str(caught.value)
    return caught.value.fault.kind


@pytest.mark.parametrize("part", range(4))
def test_random_operations_do_what_the_reference_does(tmp_path: Path, part: int) -> None:
    done: Counter[str] = Counter()
    for seed in range(100 * part, 100 * part + 100):
        (tmp_path / str(seed)).mkdir()
        done += exercise(PlainDisk, tmp_path / str(seed), seed)
    assert min(done.values()) >= 10, done
    assert len(done) == 11


class ForgetsInMerge(PlainDisk):
    def merge(self, role: str) -> None:
        if role in self.roles():
            file = self._files[role]
            file.record = replace(file.record, owned=file.record.owned - {1})
        super().merge(role)


class ForgetsChanges(PlainDisk):
    def changes_since(self, role: str, point: str) -> frozenset[int]:
        return super().changes_since(role, point) - {1}


class KeepsUnflushed(PlainDisk):
    def crash(self) -> None:
        self.reopen()


class NeverFlushes(PlainDisk):
    def flush(self) -> None:
        self._must_be_open()


class ShowsTheParentAgain(PlainDisk):
    def resize(self, role: str, block_count: int) -> None:
        super().resize(role, block_count)
        file = self._files[role]
        if file.record.parent:
            file.record = replace(file.record, owned=file.record.owned - {block_count - 1})


MUTANTS = [ForgetsInMerge, ForgetsChanges, KeepsUnflushed, NeverFlushes, ShowsTheParentAgain]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_exercise_catches_a_wrong_store(tmp_path: Path, mutant: type[PlainDisk]) -> None:
    def caught(seed: int) -> bool:
        (tmp_path / str(seed)).mkdir()
        try:
            exercise(mutant, tmp_path / str(seed), seed)
        except (AssertionError, StoreError):
            return True
        return False

    assert any(caught(seed) for seed in range(20))


def test_a_child_shows_its_parent_until_it_is_written(disk: Driver) -> None:
    disk.create("base", 3)
    disk.write("base", 0, ONE)
    disk.fork("base", "child")
    disk.write("child", 1, TWO)
    assert [disk.read("child", block) for block in range(3)] == [ONE, TWO, ZERO]
    assert disk.blocks("child") == {1}
    assert disk.blocks("base") == {0}
    assert refusal(disk.write, "base", 0, TWO) == "has children"
    disk.merge("child")
    assert [disk.read("base", block) for block in range(3)] == [ONE, TWO, ZERO]
    assert dict(disk.roles()) == {"base": None}


def test_the_wrong_fork_merged_changes_what_the_other_child_sees(disk: Driver) -> None:
    disk.create("base", 2)
    disk.fork("base", "child")
    disk.fork("base", "recovery")
    disk.write("recovery", 0, ONE)
    point = disk.point("child")
    disk.merge("recovery")
    assert disk.read("child", 0) == ONE
    assert disk.changes_since("child", point) == {0}


def test_a_crash_loses_all_that_was_not_flushed_and_nothing_else(disk: Driver) -> None:
    disk.create("now", 2)
    disk.write("now", 0, ONE)
    disk.flush()
    disk.write("now", 0, TWO)
    disk.write("now", 1, TWO)
    assert disk.read("now", 0) == TWO
    disk.crash()
    assert [disk.read("now", block) for block in range(2)] == [ONE, ZERO]
    assert disk.blocks("now") == {0}
    disk.write("now", 1, TWO)
    disk.reopen()
    assert disk.read("now", 1) == TWO


def test_a_shrunk_child_that_grows_again_does_not_show_its_parent(disk: Driver) -> None:
    disk.create("base", 2)
    disk.write("base", 1, ONE)
    disk.fork("base", "child")
    point = disk.point("child")
    disk.resize("child", 1)
    disk.resize("child", 2)
    assert disk.read("child", 1) == ZERO
    assert disk.changes_since("child", point) == {1}


def test_changes_follow_forks_copies_merges_and_crashes(disk: Driver) -> None:
    disk.create("base", 4)
    point = disk.point("base")
    disk.write("base", 0, ONE)
    disk.fork("base", "child")
    disk.write("child", 1, ONE)
    disk.copy(disk, "child", "twin")
    disk.write("child", 2, ONE)
    disk.crash()  # the write to block 2 was never durable
    disk.write("child", 3, ONE)
    assert disk.changes_since("child", point) == {0, 1, 3}
    assert disk.changes_since("twin", point) == {0, 1}
    disk.merge("child")
    disk.reopen()
    assert disk.changes_since("base", point) == {0, 1, 3}
    assert refusal(disk.changes_since, "base", "another") == "no point"


def test_refusals_change_nothing(disk: Driver, tmp_path: Path) -> None:
    disk.create("now", 1)
    other = PlainDisk(tmp_path / "other", 2 * SIZE)
    other.create("now", 1)
    kinds = [
        refusal(disk.read, "gone", 0),
        refusal(disk.read, "now", 1),
        refusal(disk.read, "now", -1),
        refusal(disk.write, "now", 0, b"short"),
        refusal(disk.create, "../up", 1),
        refusal(disk.create, "now", 1),
        refusal(disk.create, "new", 0),
        refusal(disk.merge, "now"),
        refusal(disk.resize, "now", 0),
        refusal(disk.copy, other, "now", "new"),
        refusal(disk.delete, "gone"),
    ]
    assert kinds == [
        "no role", "range", "range", "length", "role", "role exists", "range", "no parent", "range", "foreign",
        "no role",
    ]  # fmt: skip
    assert dict(disk.roles()) == {"now": None}
    assert disk.read("now", 0) == ZERO
    disk.close()
    disk.close()
    assert refusal(disk.roles) == "closed"


def test_a_broken_folder_is_refused_with_its_reason(tmp_path: Path) -> None:
    def opened(change: object) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        disk = PlainDisk(folder, SIZE)
        disk.create("base", 2)
        disk.fork("base", "child")
        disk.close()
        change(folder)  # type: ignore[operator]
        return refusal(PlainDisk, folder, SIZE)

    def record(field: str, value: object) -> object:
        def change(folder: Path) -> None:
            path = folder / "child.json"
            path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))

        return change

    assert opened(lambda folder: (folder / "base.json").write_text("{")) == "format"
    assert opened(lambda folder: (folder / "base.img").write_bytes(b"")) == "format"
    assert opened(lambda folder: (folder / "base.json").unlink()) == "link"
    assert opened(lambda folder: (folder / "base.img").unlink()) == "io"
    assert opened(lambda folder: (folder / "x.y.json").write_text("{}")) == "role"
    assert opened(record("parent", "child")) == "link"
    assert opened(record("parent", 7)) == "format"
    assert opened(record("owned", [[0, 10**15]])) == "format"
    assert opened(record("points", {"p": [[-1, 1]]})) == "format"
    assert opened(record("block_size", 2 * SIZE)) == "format"
    assert opened(record("size", True)) == "format"


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "secret.json"
    outside.write_text("{}")
    folder = tmp_path / "disk"
    folder.mkdir()
    (folder / "now.json").symlink_to(outside)
    assert refusal(PlainDisk, folder, SIZE) == "io"


def test_what_an_interrupted_operation_leaves_is_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    disk = PlainDisk(folder, SIZE)
    disk.create("now", 1)
    disk.close()
    (folder / "half.img").write_bytes(ONE)
    (folder / "now.json.new").write_bytes(b"{")
    disk = PlainDisk(folder, SIZE)
    assert dict(disk.roles()) == {"now": None}
    assert sorted(path.name for path in folder.iterdir()) == ["now.img", "now.json"]
    disk.close()


def test_images_are_sparse(tmp_path: Path) -> None:
    disk = PlainDisk(tmp_path / "disk", 4096)
    disk.create("now", 1 << 18)
    disk.write("now", 1 << 17, b"x" * 4096)
    disk.flush()
    disk.copy(disk, "now", "diff")
    for role in ("now", "diff"):
        found = (tmp_path / "disk" / f"{role}.img").stat()
        assert found.st_size == 1 << 30
        assert found.st_blocks * 512 <= 1 << 20
    disk.close()


WATCHED = """
import os
import sys
from pathlib import Path
root = sys.argv[1]
from hvmodel.stores.plain import PlainDisk
from stores_plain.contract import exercise
outside = []
seen = 0
def watch(event, arguments):
    global seen
    if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.truncate", "os.listdir", "os.scandir"):
        for path in arguments[:2] if event == "os.rename" else arguments[:1]:
            if isinstance(path, (str, bytes, Path)):
                seen += 1
                text = path.decode() if isinstance(path, bytes) else str(path)
                if not text.startswith(root) and "/" in text:
                    outside.append((event, text))
# Plain names are those of a folder's descriptor: where one is there are none, not even to be made.
gone = Path(root) / "gone"
gone.mkdir()
os.chdir(gone)
gone.rmdir()
sys.addaudithook(watch)
for seed in range(5):
    exercise(PlainDisk, Path(root) / str(seed), seed)
assert seen > 50, seen
assert not outside, outside
"""


def test_nothing_outside_the_folder_is_opened(tmp_path: Path) -> None:
    for seed in range(5):
        (tmp_path / str(seed)).mkdir()
    tests = str(Path(__file__).parents[1])
    model = str(Path(sys.modules["hvmodel"].__file__ or "").parents[1])
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path)],
        env={"PYTHONPATH": f"{tests}:{model}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
