"""While the middle of a chain is merged, the guest goes on writing to the leaf."""

from __future__ import annotations

import random
from pathlib import Path

from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.merge import adopt, merge
from hvmodel.stores.vhdx.writer import Writer

MIB = 1 << 20


def test_the_leaf_is_written_and_read_throughout(tmp_path: Path) -> None:
    chance = random.Random(5)
    folder = SystemFolder(tmp_path)
    create_file(folder, "base.vhdx", Design(16 * MIB, MIB))
    content = bytearray(16 * MIB)
    names = ["base.vhdx", "middle.avhdx", "leaf.avhdx"]
    for name, above in zip(names, [*names[1:], ""], strict=True):
        chain = open_chain(folder, name, True)
        writer = Writer(chain.images[0])
        for _ in range(12):
            _write(writer, content, chance)
        writer.close()
        if above:
            fork(folder, chain.images[0], name, above, MIB)
        chain.close()

    live = open_chain(folder, "leaf.avhdx", True)
    guest = Writer(live.images[0])
    lower, upper = open_chain(folder, "base.vhdx", True), open_chain(folder, "middle.avhdx", True)
    merger = Writer(lower.images[0])
    steps = 0
    for steps, _ in enumerate(merge(Writer(upper.images[0]), merger, lower), 1):  # noqa: B007
        _write(guest, content, chance)
        guest.flush()
        # Opened anew: the chain on disk is right at every step, not only what the guest has in memory.
        fresh = open_chain(folder, "leaf.avhdx")
        assert fresh.read(0, fresh.size) == content
        fresh.close()
    assert steps > 5
    adopt(guest, merger.image, "base.vhdx")
    for chain in (live, upper, lower):
        chain.close()
    folder.delete("middle.avhdx")
    after = open_chain(folder, "leaf.avhdx")
    assert len(after.images) == 2
    assert after.read(0, after.size) == content


def _write(writer: Writer, content: bytearray, chance: random.Random) -> None:
    offset = chance.randrange(16 * MIB // 4096) * 4096
    length = min(chance.choice([4096, 65536, MIB]), 16 * MIB - offset)
    data = chance.randbytes(512) * (length // 512)
    writer.write(offset, data)
    content[offset : offset + length] = data
