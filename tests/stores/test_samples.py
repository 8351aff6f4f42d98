"""Files that Windows made read to their stated content, and a repaired one as qemu repairs it."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hvcheck.cli.main import run
from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.vhd.chain import open_vhd
from hvmodel.stores.vhdx.chain import open_chain

from .judges import needs_qemu, qemu_check

PLACES = [Path(os.environ["HVCHECK_SAMPLES"])] if "HVCHECK_SAMPLES" in os.environ else []
PLACES += [parent / "shared" / "samples" for parent in Path(__file__).resolve().parents]
SAMPLES = next((place for place in PLACES if place.is_dir()), None)
pytestmark = pytest.mark.skipif(SAMPLES is None, reason="the folder samples/ with files of Windows is not here")

VHDX = {
    "fat-parent.vhdx": "2d1954fec68faefe",
    "fat-differential.vhdx": "a538161f34bc44c1",
    "vhdx-log-replay.vhdx": "3ba3b309425b7ff5",
    "btrfs.vhdx": "0b959f9cb4e18348",
}
VHD = {"fat-parent.vhd": "bbdb657bc5aa2fde", "fat-differential.vhd": "f4b61a33ee2f7e8c"}


def unpack(folder: Path, *names: str) -> None:
    assert SAMPLES is not None
    for name in names:
        with gzip.open(SAMPLES / f"{name}.gz") as packed, (folder / name).open("wb") as out:
            shutil.copyfileobj(packed, out)


def content(chain: object) -> str:
    digest = hashlib.sha256()
    size = chain.size  # type: ignore[attr-defined]
    for offset in range(0, size, 1 << 22):
        digest.update(chain.read(offset, min(1 << 22, size - offset)))  # type: ignore[attr-defined]
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", VHDX)
def test_vhdx(name: str, tmp_path: Path) -> None:
    """The dirty log too: replayed in memory, the file untouched."""
    unpack(tmp_path, name, *(["fat-parent.vhdx"] if name == "fat-differential.vhdx" else []))
    before = file_digest(tmp_path / name)
    assert content(open_chain(SystemFolder(tmp_path), name)).startswith(VHDX[name])
    assert file_digest(tmp_path / name) == before


@pytest.mark.parametrize("name", VHD)
def test_vhd(name: str, tmp_path: Path) -> None:
    unpack(tmp_path, *VHD)
    assert content(open_vhd(SystemFolder(tmp_path), name)).startswith(VHD[name])


def test_without_its_log_the_dirty_file_would_be_stale(tmp_path: Path) -> None:
    """The content stated for the file before replay: what a reader that ignores the log would see."""
    from hvmodel.stores.device import FileDevice
    from hvmodel.stores.vhdx.image import Image

    class Ignoring(Image):
        def _without_log(self, device: object) -> object:  # type: ignore[override]
            return device

    unpack(tmp_path, "vhdx-log-replay.vhdx")
    from hvmodel.stores.pieces import Chain

    device = FileDevice(os.open(tmp_path / "vhdx-log-replay.vhdx", os.O_RDONLY))
    assert content(Chain([Ignoring(device)])).startswith("49bc20df15e412a6")


@needs_qemu
def test_repair_gives_what_qemus_repair_gives(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        unpack(folder, "vhdx-log-replay.vhdx")
    name = "vhdx-log-replay.vhdx"
    repair = subprocess.run(["qemu-img", "check", "-r", "all", str(theirs / name)], check=False, capture_output=True)
    assert repair.returncode == 0, repair.stderr
    assert run(["disk", "check", str(ours / name)]) == 1, "a dirty log is a finding"
    assert run(["disk", "check", "--repair", str(ours / name)]) == 0
    chain = open_chain(SystemFolder(ours), name)
    assert not chain.images[0].replayed
    assert content(chain) == content(open_chain(SystemFolder(theirs), name))
    assert content(chain).startswith(VHDX[name])
    assert qemu_check(ours / name)


@pytest.mark.parametrize("name", ["fat-parent.vhdx", "fat-differential.vhdx", "btrfs.vhdx", *VHD])
def test_check_finds_nothing_wrong_with_them(name: str, tmp_path: Path) -> None:
    unpack(tmp_path, *(list(VHDX) if name.endswith("x") else list(VHD)))
    assert run(["disk", "check", str(tmp_path / name)]) == 0


@needs_qemu
def test_a_chain_of_windows_is_written_and_merged(tmp_path: Path) -> None:
    """Its child forked, its child merged: the content stays, and qemu finds the merged file sound."""
    unpack(tmp_path, "fat-parent.vhdx", "fat-differential.vhdx")
    child = tmp_path / "fat-differential.vhdx"
    grandchild = tmp_path / "grandchild.avhdx"
    assert run(["disk", "fork", str(child), str(grandchild)]) == 0
    assert run(["disk", "merge", str(child)]) == 0
    assert not child.exists()
    for name in ("grandchild.avhdx", "fat-parent.vhdx"):
        assert content(open_chain(SystemFolder(tmp_path), name)).startswith(VHDX["fat-differential.vhdx"])
    assert qemu_check(tmp_path / "fat-parent.vhdx")
