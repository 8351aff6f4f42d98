"""Speed of the block stores, as ratios within one run on one image; printed, and held to what was promised."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.transfer import to_raw
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.writer import Writer
from stores.judges import QEMU, needs_qemu

MIB, GIB = 1 << 20, 1 << 30
ROUNDS = 7
ATTEMPTS = 3
"""A busy machine gets another try; a slow store fails all of them."""
pytestmark = pytest.mark.slow


def file_system(folder: Path) -> str:
    found = subprocess.run(["df", "--output=fstype", str(folder)], capture_output=True, text=True, check=True)
    return found.stdout.split()[-1]


def made(folder: Path) -> Path:
    """1 GiB dynamic in blocks of 32 MiB, every other block present: 512 MiB of data."""
    home = SystemFolder(folder)
    create_file(home, "image.vhdx", Design(GIB))
    chain = open_chain(home, "image.vhdx", True)
    writer = Writer(chain.images[0])
    data = random.Random(1).randbytes(4 * MIB)
    for offset in range(0, GIB, 64 * MIB):
        for part in range(0, 32 * MIB, 4 * MIB):
            writer.write(offset + part, data)
    writer.close()
    chain.close()
    return folder / "image.vhdx"


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@needs_qemu
def test_convert_and_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Interleaved runs, warm cache; each convert writes a new file."""
    image = made(tmp_path)
    folder = SystemFolder(tmp_path)
    raw = tmp_path / "out.raw"

    def qemu() -> None:
        assert QEMU
        subprocess.run([QEMU, "convert", "-f", "vhdx", "-O", "raw", str(image), str(raw)], check=True)

    def convert() -> None:
        chain = open_chain(folder, image.name)
        target = folder.create(raw.name)
        for _ in to_raw(chain, target):
            pass
        target.close()
        chain.close()

    def read() -> None:
        chain = open_chain(folder, image.name)
        for offset in range(0, GIB, MIB):
            chain.read(offset, MIB)
        chain.close()

    works = {"qemu-img convert": qemu, "convert": convert, "read": read}
    for _ in range(ATTEMPTS):
        ratios = measured(works, raw)
        with capsys.disabled():
            print(f"\n1 GiB, 512 MiB of data, {file_system(tmp_path)}, medians of {ROUNDS} interleaved rounds, warm:")
            for name, ratio in ratios.items():
                print(f"  {name:<18}{ratio:.2f}x")
        if ratios["convert"] >= 1.5 and ratios["read"] >= 2.5:
            break
    # What is aimed at is printed above; a busy machine may miss it, but never the peer's own speed.
    assert ratios["convert"] >= 1.0
    assert ratios["read"] >= 1.5


def measured(works: dict[str, Callable[[], None]], raw: Path) -> dict[str, float]:
    """How many times faster than the first each is: the median of the ratios within each round."""
    rounds: list[list[float]] = []
    for number in range(ROUNDS + 1):
        seconds = []
        for work in works.values():
            raw.unlink(missing_ok=True)
            os.sync()
            seconds.append(timed(work))
        if number:
            rounds.append([seconds[0] / one for one in seconds])
    return {name: statistics.median(column) for name, column in zip(works, zip(*rounds, strict=True), strict=True)}


LARGE = """
import resource, struct, sys, time
from contextlib import suppress
import numpy as np
from hvcheck.disk import mapping
from hvmodel.stores.device import StreamDevice
from hvmodel.stores.pieces import Chain
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.rules import RULES
from stores.large import LargeFile

file = LargeFile(shuffled=sys.argv[1] == "shuffled")
start = time.perf_counter()
report = Report(RULES, "large", gathering=True)
image = Image(StreamDevice(file), report=report)
checked = time.perf_counter()
found = mapping.picture(Chain([image]), 1024)
mapped = time.perf_counter()
assert not report.findings
assert found.owned[0] == 64 << 40
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(checked - start, mapped - checked, int(peak) / 1024)
"""


@pytest.mark.parametrize("order", ["in-order", "shuffled"])
def test_a_table_of_64_tib(order: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Fully allocated, blocks of 1 MiB, 512 MiB of table, through a file-like object."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, map(os.path.abspath, sys.path)))}
    run = subprocess.run(
        [sys.executable, "-c", LARGE, order], capture_output=True, text=True, check=False, env=environment
    )
    assert run.returncode == 0, run.stderr
    check, draw, peak = map(float, run.stdout.split())
    with capsys.disabled():
        print(f"\n64 TiB, {order}: check {check:.2f} s, map {draw:.2f} s, {peak:.0f} MiB at most, file included")
    assert check + draw < 10
    assert peak < 1536
