"""Readers that nobody here wrote, each asked only what it can be trusted with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

QEMU, SEVENZIP, NBDKIT = shutil.which("qemu-img"), shutil.which("7zz"), shutil.which("nbdkit")
needs_qemu = pytest.mark.skipif(QEMU is None, reason="qemu-utils is not installed")
needs_7zip = pytest.mark.skipif(SEVENZIP is None, reason="7zip is not installed")


def _nbdkit_has_our_python() -> bool:
    """The plugin loads our numpy, which is built for one version of Python."""
    if NBDKIT is None:
        return False
    told = subprocess.run([NBDKIT, "python", "--dump-plugin"], check=False, capture_output=True, text=True).stdout
    return f"python_version={sys.version_info.major}.{sys.version_info.minor}." in told


needs_nbdkit = pytest.mark.skipif(
    QEMU is None or not _nbdkit_has_our_python(),
    reason="qemu-utils, nbdkit or its plugin for this version of Python is not installed",
)


def seven_zip(path: Path) -> bytes:
    """The disk's content after 7-Zip, which finds parents in the same folder."""
    assert SEVENZIP
    run = subprocess.run([SEVENZIP, "e", "-tVHDX", "-so", path.name], cwd=path.parent, capture_output=True, check=True)
    return run.stdout


def qemu_same(path: Path, kind: str, raw: Path) -> bool:
    """Whether qemu reads the file as the raw image."""
    assert QEMU
    run = subprocess.run(
        [QEMU, "compare", "-f", kind, "-F", "raw", str(path), str(raw)], capture_output=True, check=False
    )
    return run.returncode == 0


def qcow2_twin(base: Path, writes: list[tuple[int, bytes]]) -> Path:
    """The same writes over the same base by qemu, in its own format."""
    assert QEMU
    twin = base.parent / "twin.qcow2"
    create = [QEMU, "create", "-q", "-f", "qcow2", "-b", base.name, "-F", "vhdx", str(twin)]
    subprocess.run(create, check=True, capture_output=True)
    commands: list[str] = []
    for number, (offset, data) in enumerate(writes):
        source = base.parent / f"write{number}"
        source.write_bytes(data)
        commands += ["-c", f"write -s {source} {offset} {len(data)}"]
    run = subprocess.run(["qemu-io", "-f", "qcow2", *commands, str(twin)], check=True, capture_output=True, text=True)
    assert run.stdout.count("wrote") == len(writes), run.stdout
    return twin


def qemu_check(path: Path) -> bool:
    assert QEMU
    return subprocess.run([QEMU, "check", "-f", "vhdx", str(path)], capture_output=True, check=False).returncode == 0


def dissect_read(paths: list[Path], block_size: int, size: int) -> bytes:
    """Block by block, as reads across a block's end are not to be trusted; 512-byte sectors only."""
    vhdx = pytest.importorskip("dissect.hypervisor.disk.vhdx", reason="dissect.hypervisor is not installed")
    streams = [vhdx.VHDX(path) for path in paths[:1]]
    parts = []
    for offset in range(0, size, block_size):
        streams[0].seek(offset)
        parts.append(streams[0].read(min(block_size, size - offset)))
    return b"".join(parts)


def libvhdi_read(paths: list[Path]) -> bytes:
    """Of the chain from leaf to base; only for children without zero, unmapped or undefined blocks."""
    pyvhdi = pytest.importorskip("pyvhdi", reason="libvhdi-python is not installed")
    files = []
    for path in paths:
        file = pyvhdi.file()
        file.open(str(path))
        files.append(file)
    for child, parent in pairwise(files):
        child.set_parent(parent)
    size = files[0].get_media_size()
    content: bytes = files[0].read_buffer_at_offset(size, 0)
    for file in files:
        file.close()
    return content


PLUGIN = """
import os, sys
API_VERSION = 2
sys.path[:0] = os.environ["HVCHECK_PATH"].split(os.pathsep)
def open(readonly):
    from hvmodel.stores.folder import SystemFolder
    from hvmodel.stores.vhdx.chain import open_chain
    return open_chain(SystemFolder(os.environ["HVCHECK_FOLDER"]), os.environ["HVCHECK_NAME"])
def get_size(chain):
    return chain.size
def pread(chain, buffer, offset, flags):
    buffer[:] = chain.read(offset, len(buffer))
"""


def nbd_same(path: Path, raw: Path) -> bool:
    """Whether `qemu-img compare` finds our reader, served by nbdkit, equal to the raw image."""
    assert NBDKIT
    assert QEMU
    import hvmodel

    plugin = path.parent / "serve.py"
    plugin.write_text(PLUGIN)
    root = str(Path(hvmodel.__file__).parents[1])
    packages = [entry for entry in sys.path if entry.endswith("site-packages")]
    environment = os.environ | {
        "HVCHECK_PATH": os.pathsep.join([root, *packages]),
        "HVCHECK_FOLDER": str(path.parent),
        "HVCHECK_NAME": path.name,
    }
    run = subprocess.run(
        [NBDKIT, "-U", "-", "-r", "python", str(plugin), "--run", f"{QEMU} compare -F raw $uri {raw}"],
        capture_output=True,
        check=False,
        text=True,
        env=environment,
    )
    assert run.returncode in (0, 1), run.stderr
    return run.returncode == 0
