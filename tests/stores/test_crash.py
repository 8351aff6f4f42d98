"""After a crash at any point a VHDX disk opens and holds what it held before or after."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hvmodel.stores.refusal import Refused
from hvmodel.stores.vhdx import log_replay, remetadata
from hvmodel.stores.vhdx import merge as merging
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design, create_file
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.merge import adopt, merge
from hvmodel.stores.vhdx.resize import resize
from hvmodel.stores.vhdx.writer import Writer

from .crash import Disk, Recorder, count_crashes, crashes

MIB = 1 << 20
SECTOR = 512


def content_of(folder: Recorder, name: str, writable: bool = False) -> bytes:
    chain = open_chain(folder, name, writable)
    return chain.read(0, chain.size)


def made(sizes: int, writes: list[tuple[int, int, int]], children: tuple[str, ...] = ()) -> Recorder:
    """A disk `a` with content, and a chain of children over it, all closed cleanly."""
    folder = Recorder()
    create_file(folder, "a", Design(sizes, MIB))
    last = "a"
    for name in ("", *children):
        chain = open_chain(folder, last, True)
        if name:
            fork(folder, chain.images[0], last, name, MIB)
            last = name
            chain = open_chain(folder, name, True)
        writer = Writer(chain.images[0])
        for offset, length, value in writes:
            shift = (len(name) + value) * 4096 if name else 0
            writer.write(offset + shift, bytes([value + len(name)]) * length)
        writer.close()
    return Recorder(folder.disk)


class Expectation:
    """Per sector: what was flushed last, or something written since."""

    def __init__(self, content: bytes) -> None:
        self.content = np.frombuffer(content, dtype=np.uint8).reshape(-1, SECTOR)

    def judge(self, got: bytes, notes: list[tuple[str, int, bytes]]) -> None:
        flushed = self.content.copy()
        since: list[tuple[int, np.ndarray]] = []
        for kind, offset, data in notes:
            if kind == "durable":
                for start, sectors in since:
                    flushed[start : start + len(sectors)] = sectors
                since = []
            else:
                since.append((offset // SECTOR, np.frombuffer(data, dtype=np.uint8).reshape(-1, SECTOR)))
        found = np.frombuffer(got, dtype=np.uint8).reshape(-1, SECTOR)
        wrong = (found != flushed).any(axis=1)
        for start, sectors in since:
            window = slice(start, start + len(sectors))
            wrong[window] &= (found[window] != sectors).any(axis=1)
        assert not wrong.any(), f"sectors {np.flatnonzero(wrong)[:5]} hold what was never there"


def write_run(folder: Recorder, name: str) -> None:
    chain = open_chain(folder, name, True)
    writer = Writer(chain.images[0])

    def put(offset: int, data: bytes) -> None:
        folder.note(("write", offset, data))
        writer.write(offset, data)

    def zero(offset: int, length: int) -> None:
        folder.note(("write", offset, bytes(length)))
        writer.zero(offset, length)

    def flush() -> None:
        writer.flush()
        folder.note(("durable", 0, b""))

    put(0, b"1" * 4096)
    put(MIB - 4096, b"2" * 8192)
    flush()
    put(4096, b"3" * 512)
    zero(2 * MIB, MIB)
    flush()
    put(3 * MIB, b"4" * 1024)
    put(2 * MIB + 512, b"5" * 512)
    flush()
    put(3 * MIB + 8192, b"6" * 4096)
    flush()
    writer.close()
    folder.note(("durable", 0, b""))


def check_writes(start: Recorder, name: str) -> Callable[[Disk, list[object]], None]:
    expectation = Expectation(content_of(Recorder(start.start), name))

    def check(image: Disk, notes: list[object]) -> None:
        expectation.judge(content_of(Recorder(image), name), notes)  # type: ignore[arg-type]
        expectation.judge(content_of(Recorder(image), name, writable=True), notes)  # type: ignore[arg-type]

    return check


WRITES = [(0, 8192, 7), (2 * MIB + 4096, 65536, 8), (3 * MIB, 4096, 9)]


def test_some_crashes_of_writes() -> None:
    folder = made(4 * MIB, WRITES, ("b",))
    write_run(folder, "b")
    assert count_crashes(folder, check_writes(folder, "b"), every=10) > 300


@pytest.mark.slow
@pytest.mark.parametrize("children", [(), ("b",), ("b", "cc")], ids=["dynamic", "child", "grandchild"])
def test_every_crash_of_writes(children: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    folder = made(4 * MIB, WRITES, children)
    name = children[-1] if children else "a"
    write_run(folder, name)
    number = count_crashes(folder, check_writes(folder, name))
    with capsys.disabled():
        print(f"\nwrites to {name}: {number} crash points")
    assert number > 300


def test_every_crash_of_a_replay(capsys: pytest.CaptureFixture[str]) -> None:
    """Replay is a change too: interrupted anywhere, it can be done again."""
    folder = made(4 * MIB, WRITES, ("b",))
    write_run(folder, "b")
    dirty = [image for image, _ in crashes(folder.start, folder.events)][::97]
    number = 0
    for image in dirty:
        before = content_of(Recorder(image), "b")
        again = Recorder(image)
        open_chain(again, "b", True)

        def check(crashed: Disk, _: list[object], before: bytes = before) -> None:
            assert content_of(Recorder(crashed), "b") == before

        number += count_crashes(again, check)
    with capsys.disabled():
        print(f"\nreplay: {number} crash points")
    assert number > 100


def test_every_crash_of_a_fork(capsys: pytest.CaptureFixture[str]) -> None:
    folder = made(4 * MIB, WRITES)
    before = content_of(Recorder(folder.start), "a")
    chain = open_chain(folder, "a")
    fork(folder, chain.images[0], "a", "b", MIB)
    seen = set()

    def check(image: Disk, _: list[object]) -> None:
        assert content_of(Recorder(image), "a") == before
        seen.add("b" in image.names)
        if "b" in image.names:
            assert content_of(Recorder(image), "b") == before

    number = count_crashes(folder, check)
    with capsys.disabled():
        print(f"\nfork: {number} crash points")
    assert seen == {True, False}


def merge_run(folder: Recorder, child: str, parent: str, above: str | None = None) -> None:
    lower = open_chain(folder, parent, True)
    upper = open_chain(folder, child, True)
    writer = Writer(lower.images[0])
    for _ in merge(Writer(upper.images[0]), writer, lower):
        pass
    if above is not None:
        adopt(Writer(open_chain(folder, above, True).images[0]), writer.image, parent)
    folder.delete(child)


def check_merge(start: Recorder, child: str, parent: str, top: str) -> Callable[[Disk, list[object]], None]:
    before = content_of(Recorder(start.start), top)

    def check(image: Disk, _: list[object]) -> None:
        name = top if top != child or child in image.names else parent
        assert content_of(Recorder(image), name) == before
        if child in image.names and top != child:
            content_of(Recorder(image), child)

    return check


@pytest.mark.parametrize("top", ["b", pytest.param("cc", marks=pytest.mark.slow)])
def test_every_crash_of_a_merge(top: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The leaf, or the middle of a chain whose leaf must read the same throughout."""
    folder = made(4 * MIB, WRITES, ("b",) if top == "b" else ("b", "cc"))
    merge_run(folder, "b", "a", None if top == "b" else top)
    number = count_crashes(folder, check_merge(folder, "b", "a", top))
    with capsys.disabled():
        print(f"\nmerge under {top}: {number} crash points")
    assert number > 300


@pytest.mark.parametrize("child", [False, True], ids=["base", "child"])
@pytest.mark.parametrize("size", [MIB + 4096, 6 * MIB, 9000 * MIB], ids=["shrink", "grow", "move-table"])
def test_every_crash_of_a_resize(size: int, child: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """9,000 MiB of 1 MiB blocks need no longer table than 1 MiB; the base of the third case is made with one."""
    folder = made(4 * MIB, WRITES, ("b",) if child else ())
    name = "b" if child else "a"
    if size > 100 * MIB:
        size = 140_000 * MIB
    before = content_of(Recorder(folder.start), name)
    shown = min(size, 8 * MIB)
    after = before[:shown].ljust(shown, b"\0")
    chain = open_chain(folder, name, True)
    resize(Writer(chain.images[0]), size, chain)
    found = open_chain(folder, name)
    assert (found.size, found.read(0, shown)) == (size, after)
    seen = set()

    def check(image: Disk, _: list[object]) -> None:
        chain = open_chain(Recorder(image), name)
        seen.add(chain.size)
        if chain.size == size:
            assert chain.read(0, shown) == after
        else:
            assert chain.read(0, chain.size) == before

    number = count_crashes(folder, check)
    with capsys.disabled():
        print(f"\nresize of {name} to {size // MIB} MiB: {number} crash points")
    assert seen == {len(before), size}


# Mutants: what the enumeration must find


def fails(folder: Recorder, check: Callable[[Disk, list[object]], None], every: int = 1) -> bool:
    try:
        count_crashes(folder, check, every)
    except (AssertionError, Refused):
        return True
    return False


@pytest.mark.slow
def test_removed_flushes_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Each flush of the run is removed in turn; one of the two of a header change is never missed alone."""
    whole = made(4 * MIB, WRITES, ("b",))
    write_run(whole, "b")
    found = []
    for number in range(whole.flushes):
        folder = Recorder(whole.start, drop_flush=number)
        write_run(folder, "b")
        if fails(folder, check_writes(folder, "b"), every=3):
            found.append(number)
    with capsys.disabled():
        print(f"\nflushes whose removal is found: {len(found)} of {whole.flushes}")
    assert len(found) >= 8, found


def test_swapped_identities_in_a_merge_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def swapped(child: Writer, parent: Writer, _: object) -> None:
        old = parent.image.current.header.data_write
        parent.begin()
        remetadata.relink(child, old, parent.image.current.header.data_write)
        child.close()

    folder = made(4 * MIB, WRITES, ("b",))
    monkeypatch.setattr(merging, "announce", swapped)
    merge_run(folder, "b", "a")
    assert fails(folder, check_merge(folder, "b", "a", "b"))


def cut_copies_are_refused() -> bool:
    """A file cut short after its log was written must not be replayed into zeros."""
    folder = made(4 * MIB, WRITES)
    write_run(folder, "a")
    refused = []
    for image, _ in list(crashes(folder.start, folder.events))[::53]:
        file = image.files[image.names["a"]]
        if open_chain(Recorder(image), "a").images[0].replayed:
            file.resize(file.length - MIB)
            try:
                content_of(Recorder(image), "a")
            except Refused as refusal:
                refused.append(refusal.code)
            else:
                refused.append("")
    assert refused
    return set(refused) == {"log-truncated-file"}


def test_a_cut_copy_is_refused() -> None:
    assert cut_copies_are_refused()


def test_replay_without_the_file_size_rule_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_replay, "judge", lambda *_: None)
    assert not cut_copies_are_refused()
