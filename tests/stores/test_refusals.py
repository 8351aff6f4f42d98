"""Broken files are refused with the right code, without harm, and what one good copy can save is saved."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.refusal import Refused
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.identifiers import HEADER_OFFSETS, REGION_OFFSETS

from .crafted import BAT, CASES, MIB, Case, craft, sound


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(file.read(16 * MIB)).hexdigest()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_refused(case: Case, tmp_path: Path) -> None:
    """For reading and for writing; the file stays as it was."""
    path = craft(case, tmp_path)
    before = digest(path)
    for writable in (False, True):
        with pytest.raises(Refused) as caught:
            open_chain(SystemFolder(tmp_path), path.name, writable)
        assert caught.value.code == case.code, caught.value
        assert caught.value.finding.rule.section.startswith("MS-VHDX 2.")
        assert digest(path) == before


def test_every_group_has_three_files() -> None:
    counts = Counter(case.group for case in CASES)
    assert {group for group in range(1, 16) if counts[group] < 3} == {12}, "group 12 is handled, not refused"


@pytest.mark.parametrize("differencing", [False, True])
def test_the_sound_files_are_accepted(differencing: bool, tmp_path: Path) -> None:
    """Each crafted file differs from these in one thing."""
    sound(tmp_path, differencing)
    chain = open_chain(SystemFolder(tmp_path), "leaf.vhdx")
    assert chain.read(0, 4) == b"base"
    assert chain.read(4096, 4) == (b"leaf" if differencing else bytes(4))


DAMAGE = {
    "first header": [HEADER_OFFSETS[0]],
    "second header": [HEADER_OFFSETS[1]],
    "first region table": [REGION_OFFSETS[0]],
    "second region table": [REGION_OFFSETS[1]],
    "one of each": [HEADER_OFFSETS[1], REGION_OFFSETS[0]],
}


@pytest.mark.parametrize("places", DAMAGE.values(), ids=DAMAGE.keys())
def test_one_good_copy_saves_the_file(places: list[int], tmp_path: Path) -> None:
    file = sound(tmp_path, True)
    for at in places:
        file.data[at : at + 4096] = b"\xa5" * 4096
    (tmp_path / "leaf.vhdx").write_bytes(file.data)
    for writable in (False, True):
        chain = open_chain(SystemFolder(tmp_path), "leaf.vhdx", writable)
        assert chain.read(4096, 8) == b"leafleaf"


@pytest.mark.parametrize("where", [BAT, REGION_OFFSETS[1], 2 * MIB + 4096], ids=["table", "regions", "metadata"])
def test_a_dirty_log_is_replayed_in_memory(where: int, tmp_path: Path) -> None:
    """Group 12: the log's effect is seen, and the file is not touched, until it is opened for writing."""
    file = sound(tmp_path, False)
    kept = bytes(file.data[where : where + 4096])
    path = tmp_path / "leaf.vhdx"
    file.page(where, lambda entry: _fill(entry, kept))
    file.data[where : where + 4096] = b"\xff" * 4096
    path.write_bytes(file.data)
    before = digest(path)
    chain = open_chain(SystemFolder(tmp_path), "leaf.vhdx")
    assert chain.read(0, 4) == b"base"
    assert digest(path) == before
    open_chain(SystemFolder(tmp_path), "leaf.vhdx", True)
    assert path.read_bytes()[where : where + 4096] == kept


def test_identical_headers_are_accepted(tmp_path: Path) -> None:
    """Disk2vhd writes them so."""
    file = sound(tmp_path, False)
    first, second = HEADER_OFFSETS
    file.data[first : first + 4096] = file.data[second : second + 4096]
    (tmp_path / "leaf.vhdx").write_bytes(file.data)
    for writable in (False, True):
        assert open_chain(SystemFolder(tmp_path), "leaf.vhdx", writable).read(0, 4) == b"base"


def _fill(entry: bytearray, page: bytes) -> None:
    entry[64 + 4 : 64 + 8], entry[64 + 8 : 64 + 16] = page[-4:], page[:8]
    entry[4096 + 8 : 8192 - 4] = page[8:-4]


MEASURE = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" and watching else None)
watching = False
from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.refusal import Refused
from hvmodel.stores.vhdx.chain import open_chain
open_chain(SystemFolder(sys.argv[1]), "leaf.vhdx").close()
"".encode("utf-16-le")
peak = lambda: next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
baseline = peak()
for folder in sys.argv[2:]:
    home = SystemFolder(folder)
    watching = True
    try:
        open_chain(home, "leaf.vhdx")
    except Refused:
        pass
    watching = False
print(baseline, peak())
print("\\n".join(sorted(set(opened))))
"""


def test_memory_and_opened_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one process over all crafted files: little memory, and nothing opened but plain names of the folder."""
    warm = tmp_path / "warm"
    warm.mkdir()
    sound(warm, True)
    folders = []
    for case in CASES:
        folder = tmp_path / case.id
        folder.mkdir()
        craft(case, folder)
        folders.append(str(folder))
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(warm), *folders],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, map(os.path.abspath, sys.path)))},
    )
    first, *opened = run.stdout.splitlines()
    baseline, peak = (int(number) // 1024 for number in first.split())
    with capsys.disabled():
        print(f"\nopening {len(CASES)} crafted files: {peak} MiB at most, of which {baseline} MiB without them")
    assert peak < 64
    assert opened
    assert all("/" not in name and not name.startswith(".") for name in opened), opened
