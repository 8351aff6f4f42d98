"""Generated disks read the same by us, by what we know of them, and by readers that nobody here wrote."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from hvmodel.stores.vhdx.chain import open_chain

from .judges import (
    NBDKIT,
    QEMU,
    SEVENZIP,
    dissect_read,
    libvhdi_read,
    nbd_same,
    needs_7zip,
    needs_nbdkit,
    needs_qemu,
    qcow2_twin,
    qemu_check,
    qemu_same,
    seven_zip,
)
from .sequences import KINDS, MIB, Made, generate

SHAPES = [(512, MIB), (512, 2 * MIB), (512, 8 * MIB), (4096, MIB), (4096, 2 * MIB), (4096, 8 * MIB)]
ROUNDS = 50
"""Per kind: 6 shapes of 50 sequences each make 300."""


def ours(made: Made, name: str) -> bytes:
    chain = open_chain(made.folder, name)
    content = chain.read(0, chain.size)
    chain.close()
    return content


def judge(made: Made, folder: Path, asked: Counter[str]) -> None:
    """Every leaf by every judge that can be trusted with it."""
    for name, expected in made.contents.items():
        path, names = folder / name, made.chains[name]
        assert ours(made, name) == expected, f"our own reader: {name}"
        if SEVENZIP:
            asked["7-Zip"] += 1
            assert seven_zip(path) == expected, f"7-Zip: {name}"
        base = len(names) == 1
        if not base and _windows_shaped(made, names):
            asked["libvhdi, children"] += 1
            assert libvhdi_read([folder / one for one in names]) == expected, f"libvhdi: {name}"
        if base and made.sector == 512 and QEMU:
            asked["qemu"] += 1
            raw = folder / "expected.raw"
            raw.write_bytes(expected)
            assert qemu_same(path, "vhdx", raw), f"qemu: {name}"
            assert qemu_check(path), f"qemu check: {name}"
        if base and made.sector == 512 and not made.zeroed:
            asked["libvhdi"] += 1
            assert libvhdi_read([path]) == expected, f"libvhdi: {name}"


def _windows_shaped(made: Made, names: list[str]) -> bool:
    """What libvhdi can be trusted with: 512-byte sectors, no zero blocks, every child block partial with its bitmap."""
    if made.sector != 512 or made.zeroed & set(names):
        return False
    chain = open_chain(made.folder, names[0])
    chain.close()
    same = len({image.size for image in chain.images}) == 1
    usages = [image.usage for image in chain.images[:-1]]
    return same and all(usage.bitmaps > 0 and usage.states[6] == 0 for usage in usages)


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_sequences(kind: str, tmp_path: Path) -> None:
    for number, (sector, block_size) in enumerate(SHAPES[::2]):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = generate(kind, sector, block_size, 1000, folder)
        for name, expected in made.contents.items():
            assert ours(made, name) == expected


@pytest.mark.slow
@needs_7zip
@needs_qemu
@pytest.mark.parametrize(("sector", "block_size"), SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_sequences_before_judges(
    kind: str, sector: int, block_size: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: Counter[str] = Counter()
    for seed in range(ROUNDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        judge(generate(kind, sector, block_size, seed, folder), folder, asked)
        shutil.rmtree(folder)
    with capsys.disabled():
        print(f"\n{kind}, {sector}, {block_size // MIB} MiB: {ROUNDS} sequences, {dict(asked)}")
    assert asked["7-Zip"] >= ROUNDS


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dynamic", "child", "three-level"])
def test_sequences_before_dissect(kind: str, tmp_path: Path) -> None:
    for seed in range(20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        made = generate(kind, 512, MIB, seed, folder)
        for name, expected in made.contents.items():
            paths = [folder / one for one in made.chains[name]]
            assert dissect_read(paths, 4096, len(expected)) == expected, (seed, name)
        shutil.rmtree(folder)


@pytest.mark.slow
@needs_qemu
@needs_7zip
def test_children_before_their_qcow2_twins(tmp_path: Path) -> None:
    """qemu does the same writes over our base in its own format; 7-Zip reads our child."""
    for seed in range(60):
        folder = tmp_path / str(seed)
        folder.mkdir()
        made = generate("child", 512, SHAPES[seed % 3][1], seed, folder)
        raw = folder / "child.raw"
        raw.write_bytes(seven_zip(folder / "child0.avhdx"))
        twin = qcow2_twin(folder / "base.vhdx", made.writes["child0.avhdx"])
        assert qemu_same(twin, "qcow2", raw), seed
        shutil.rmtree(folder)


@pytest.mark.slow
@needs_nbdkit
@pytest.mark.parametrize("kind", KINDS)
def test_served_over_nbd(kind: str, tmp_path: Path) -> None:
    """Equal to the right content, and (the judge can say no) different from a wrong one."""
    for seed, (sector, block_size) in enumerate(SHAPES[:4]):
        folder = tmp_path / str(seed)
        folder.mkdir()
        made = generate(kind, sector, block_size, seed, folder)
        for name, expected in made.contents.items():
            raw = folder / "expected.raw"
            raw.write_bytes(expected)
            assert nbd_same(folder / name, raw)
            raw.write_bytes(bytes([expected[0] ^ 1]) + expected[1:])
            assert not nbd_same(folder / name, raw)
        shutil.rmtree(folder)


def test_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    """Says which judges a run can ask; their own tests skip without them."""
    with capsys.disabled():
        found = {"7-Zip": SEVENZIP, "qemu-img": QEMU, "nbdkit": NBDKIT}
        print("\njudges: " + ", ".join(f"{name} {'yes' if where else 'no'}" for name, where in found.items()))
    assert found.keys() == {"7-Zip", "qemu-img", "nbdkit"}
