"""Generated disks: write sequences over every kind of chain, with the content they must have."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.merge import merge
from hvmodel.stores.vhdx.writer import Writer

MIB = 1 << 20
KINDS = ("fixed", "dynamic", "child", "three-level", "forked", "merged")


@dataclass
class Made:
    """Chains by leaf: the names from leaf to base, and the content the leaf must have."""

    folder: SystemFolder
    sector: int
    block_size: int
    chains: dict[str, list[str]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    zeroed: set[str] = field(default_factory=set)
    writes: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)


def generate(kind: str, sector: int, block_size: int, seed: int, folder: Path) -> Made:
    """One disk of `kind` after a random sequence; the same arguments give the same content."""
    chance = random.Random(f"{kind} {sector} {block_size} {seed}")
    # 7-Zip opens files of 4096-byte sectors only when they have an even number of them.
    size = chance.choice(
        [
            block_size - 8 * sector if sector == 512 else block_size - 2 * sector,
            2 * block_size,
            3 * block_size + 8192,
            64 * 1024,
        ]
    )
    made = Made(SystemFolder(folder), sector, block_size)
    create_file(made.folder, "base.vhdx", Design(size, block_size, sector, fixed=kind == "fixed"))
    made.chains["base.vhdx"], made.contents["base.vhdx"] = ["base.vhdx"], bytes(size)
    _write(made, "base.vhdx", chance)
    depth = {"fixed": 0, "dynamic": 0, "child": 1, "three-level": 2, "forked": 1, "merged": 2}[kind]
    last = "base.vhdx"
    for level in range(depth):
        last = _child(made, last, f"child{level}.avhdx", chance)
    if kind == "forked":
        _child(made, "base.vhdx", "other.avhdx", chance)
    if kind == "merged":
        _merge(made, "child0.avhdx", "base.vhdx", last, chance)
    return made


def _child(made: Made, parent: str, name: str, chance: random.Random) -> str:
    chain = open_chain(made.folder, parent)
    fork(made.folder, chain.images[0], parent, name, chance.choice([MIB, made.block_size]))
    chain.close()
    made.chains[name] = [name, *made.chains[parent]]
    made.contents[name] = made.contents[parent]
    _write(made, name, chance)
    return name


def _write(made: Made, name: str, chance: random.Random) -> None:
    chain = open_chain(made.folder, name, True)
    writer = Writer(chain.images[0])
    content = bytearray(made.contents[name])
    for _ in range(chance.randrange(1, 7)):
        offset, length = _range(made, chain.size, chance)
        if chance.random() < 0.25:
            writer.zero(offset, length)
            made.zeroed.add(name)
            data = bytes(length)
        else:
            data = chance.randbytes(512) * (length // 512)
            writer.write(offset, data)
        content[offset : offset + length] = data
        made.writes.setdefault(name, []).append((offset, data))
        if chance.random() < 0.2:
            writer.flush()
    writer.close()
    made.contents[name] = bytes(content)
    _check_reads(chain.read, made.contents[name], chance)
    chain.close()


def _range(made: Made, size: int, chance: random.Random) -> tuple[int, int]:
    if chance.random() < 0.3:
        offset = chance.randrange(-(-size // made.block_size)) * made.block_size
        return offset, min(made.block_size, size - offset)
    offset = chance.randrange(size // made.sector) * made.sector
    length = chance.choice([made.sector, 3 * made.sector, 200 * made.sector, made.block_size])
    return offset, min(length, size - offset)


def _check_reads(read: object, content: bytes, chance: random.Random) -> None:
    """Unaligned reads and reads across blocks, by our reader."""
    for _ in range(5):
        offset = chance.randrange(len(content))
        length = min(chance.choice([1, 511, 4097, 2 * MIB + 3]), len(content) - offset)
        assert read(offset, length) == content[offset : offset + length]  # type: ignore[operator]


def _merge(made: Made, child: str, parent: str, leaf: str, chance: random.Random) -> None:
    """The middle of a chain, or (half the time) also its leaf, into the base."""
    from hvmodel.stores.vhdx.merge import adopt

    lower = open_chain(made.folder, parent, True)
    upper = open_chain(made.folder, child, True)
    writer = Writer(lower.images[0])
    for _ in merge(Writer(upper.images[0]), writer, lower):
        pass
    above = open_chain(made.folder, leaf, True)
    adopt(Writer(above.images[0]), writer.image, parent)
    for chain in (above, upper, lower):
        chain.close()
    made.folder.delete(child)
    made.contents = {parent: made.contents[child], leaf: made.contents[leaf]}
    made.chains = {parent: [parent], leaf: [leaf, parent]}
    made.zeroed |= {parent} if child in made.zeroed else set()
    if chance.random() < 0.5:
        lower, upper = open_chain(made.folder, parent, True), open_chain(made.folder, leaf, True)
        for _ in merge(Writer(upper.images[0]), Writer(lower.images[0]), lower):
            pass
        upper.close()
        lower.close()
        made.folder.delete(leaf)
        made.contents, made.chains = {parent: made.contents[leaf]}, {parent: [parent]}
