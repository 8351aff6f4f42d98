"""`hvcheck disk` on real files: what it says, what it writes, and how it ends."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from hvcheck.cli.main import run
from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.vhdset.vhdset import create_set
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.create import Design
from hvmodel.stores.vhdx.writer import Writer

MIB = 1 << 20


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def hvcheck(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("HVCHECK_DEBUG", "1")

    def call(*arguments: object) -> Result:
        code = run(["disk", *map(str, arguments)])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(code, captured.out, captured.err)

    return call


def put(path: Path, offset: int, data: bytes) -> None:
    chain = open_chain(SystemFolder(path.parent), path.name, True)
    writer = Writer(chain.images[0])
    writer.write(offset, data)
    writer.close()
    chain.close()


@pytest.fixture
def chain(tmp_path: Path, hvcheck: Any) -> tuple[Path, Path]:
    base, child = tmp_path / "base.vhdx", tmp_path / "child.avhdx"
    assert hvcheck("create", base, "--size", "8M", "--block-size", "1M").code == 0
    put(base, 0, b"base" * 1024)
    put(base, 5 * MIB, b"more" * 1024)
    assert hvcheck("fork", base, child, "--block-size", "1M").code == 0
    put(child, 4096, b"leaf" * 1024)
    return base, child


def test_info(chain: tuple[Path, Path], hvcheck: Any) -> None:
    shown = hvcheck("info", chain[1])
    assert shown.code == 0
    assert "VHDX, differencing" in shown.out
    assert "over base.vhdx" in shown.out
    tables = json.loads(hvcheck("info", chain[1], "--json").out)
    assert [table["file"] for table in tables] == ["child.avhdx", "base.vhdx"]
    assert tables[0]["disk size"] == 8 * MIB


def test_map(chain: tuple[Path, Path], hvcheck: Any, tmp_path: Path) -> None:
    shown = hvcheck("map", chain[1], "--cells", "2048", "--svg", tmp_path / "map.svg")
    assert shown.code == 0
    assert shown.out.splitlines()[0].split()[1].startswith("101"), "4 KiB of the base, of the child, of the base"
    assert "0  child.avhdx: 4 KiB" in shown.out
    assert (tmp_path / "map.svg").read_text().startswith("<svg")
    runs = json.loads(hvcheck("map", chain[1], "--json").out)["runs"]
    assert sum(one["length"] for one in runs) == 8 * MIB
    assert {"offset": 4096, "length": 4096, "owner": 0} in runs


def test_check_names_the_rule_and_repair_mends(chain: tuple[Path, Path], hvcheck: Any) -> None:
    base = chain[0]
    assert hvcheck("check", base).code == 0
    data = bytearray(base.read_bytes())
    data[65536:65540] = b"dead"
    base.write_bytes(data)
    found = hvcheck("check", base)
    assert found.code == 1
    assert "damage header-copy at offset 0x10000" in found.out
    assert "MS-VHDX 2.2.2" in found.out
    mended = hvcheck("check", base, "--repair")
    assert mended.code == 0
    assert "mended: base.vhdx: damage header-copy" in mended.out
    assert hvcheck("check", base).out.strip() == "base.vhdx: sound"


def test_check_lists_several_rules(chain: tuple[Path, Path], hvcheck: Any) -> None:
    base = chain[0]
    data = bytearray(base.read_bytes())
    data[3 * MIB : 3 * MIB + 8] = (3 * MIB | 6).to_bytes(8, "little")
    data[3 * MIB + 8 : 3 * MIB + 16] = (5).to_bytes(8, "little")
    base.write_bytes(data)
    found = hvcheck("check", base, "--json")
    codes = {one["code"] for one in json.loads(found.out)["findings"]}
    assert codes == {"block-in-structure", "block-state"}
    assert found.code == 3
    assert hvcheck("info", base).code == 3
    refused = hvcheck("check", base, "--repair")
    assert refused.code == 3
    assert base.read_bytes() == bytes(data)


def test_convert_and_compare(chain: tuple[Path, Path], hvcheck: Any, tmp_path: Path) -> None:
    base, child = chain
    for name in ("out.raw", "out.vhdx"):
        assert hvcheck("convert", child, tmp_path / name, "--block-size", "1M").code == 0
        assert hvcheck("compare", child, tmp_path / name).code == 0
    assert (tmp_path / "out.raw").read_bytes()[4096:4100] == b"leaf"
    found = hvcheck("compare", base, child, "--json")
    assert found.code == 1
    assert json.loads(found.out)["differences"] == [{"offset": 4096, "length": 4096}]
    assert hvcheck("convert", child, tmp_path / "out.raw").code == 2


def test_merge(chain: tuple[Path, Path], hvcheck: Any, tmp_path: Path) -> None:
    base, child = chain
    hvcheck("convert", child, tmp_path / "before.raw")
    other = tmp_path / "other.avhdx"
    assert hvcheck("fork", base, other).code == 0
    refused = hvcheck("merge", child)
    assert refused.code == 2
    assert "other.avhdx" in refused.err
    other.unlink()
    assert hvcheck("merge", child).code == 0
    assert not child.exists()
    assert hvcheck("compare", base, tmp_path / "before.raw").code == 0


@pytest.mark.parametrize("form", ["json", "objects", "lines"])
def test_changes(form: str, chain: tuple[Path, Path], hvcheck: Any, tmp_path: Path) -> None:
    base, child = chain
    put(child, 6 * MIB, b"late" * 1024)
    reported = tmp_path / "ranges"

    def report(*ranges: tuple[int, int]) -> Result:
        texts = {
            "json": json.dumps([list(one) for one in ranges]),
            "objects": json.dumps({"ranges": [{"offset": a, "length": n} for a, n in ranges]}),
            "lines": "\n".join(f"{a:#x} {n}" for a, n in ranges),
        }
        reported.write_text(texts[form])
        result: Result = hvcheck("changes", base, child, reported)
        return result

    missing = report((0, 8192))
    assert missing.code == 1
    assert "0x600000  4 KiB" in missing.out
    whole = report((0, 8192), (6 * MIB, 4096))
    assert whole.code == 0
    assert "surplus:  4 KiB" in whole.out
    assert report((4096, 2048), (6144, 2048), (6 * MIB, 4096)).code == 0


def test_bad_lists_and_names_are_usage_errors(chain: tuple[Path, Path], hvcheck: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    for text in ("[[1]]", "1 x", '{"a": 1}', "[[0, -1]]", "{"):
        bad.write_text(text)
        assert hvcheck("changes", *chain, bad).code == 2
    assert hvcheck("create", tmp_path / "x.vhdx", "--size", "1000").code == 2
    assert hvcheck("create", tmp_path / "x.vhdx", "--size", "10X").code == 2
    assert hvcheck("create", chain[0], "--size", "1M").code == 2
    assert hvcheck("info", tmp_path / "absent.vhdx").code == 2


def test_nothing_is_written_by_looking(chain: tuple[Path, Path], hvcheck: Any, tmp_path: Path) -> None:
    chance = random.Random(3)
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()}
    for name in chance.sample(["info", "check", "map"], 3):
        assert hvcheck(name, chain[1]).code == 0
    hvcheck("compare", *chain)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()} == before


def test_a_link_that_the_user_names_is_followed(chain: tuple[Path, Path], hvcheck: Any, tmp_path: Path) -> None:
    """Only what a file names is never followed; its parent is beside the file itself, not beside the link."""
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.avhdx"
    link.symlink_to(chain[1])
    assert "over base.vhdx" in hvcheck("info", link).out


def test_a_vhd_set_is_read_by_its_stable_name(hvcheck: Any, tmp_path: Path) -> None:
    made = create_set(SystemFolder(tmp_path), "shared.vhds", Design(4 * MIB, MIB))
    put(tmp_path / made.pointer.active, 0, b"data" * 1024)
    made.checkpoint()
    pointer = tmp_path / "shared.vhds"
    assert len(json.loads(hvcheck("info", pointer, "--json").out)) == 2
    assert hvcheck("check", pointer).code == 0
    assert hvcheck("convert", pointer, tmp_path / "out.raw").code == 0
    assert (tmp_path / "out.raw").read_bytes()[:8] == b"datadata"
    pointer.write_bytes(pointer.read_bytes()[:-1] + b"?")
    assert hvcheck("info", pointer).code == 3
