"""What is taken from a cache is what would have been compiled; whatever is changed, damaged or refused is compiled."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import wasmtime

from hvcheck.cache.cache import SHORTEST, Cache, open_cache
from hvcheck.cache.entry import sealed
from hvcheck.cache.usage import Usage
from hvmodel.listing import listing
from hvspec.compile import compile_system
from hvspec.load import era_names
from hvspec.spec import Setting, Spec
from language.helpers import loaded

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return open_cache(tmp_path / "kept")


def again(cache: Cache) -> Cache:
    """A later run with the same folder."""
    return open_cache(Path(cache.folder.path))


def files(cache: Cache, kind: str = "") -> list[Path]:
    return sorted(Path(cache.folder.path).glob(f"hvcheck-{kind}*"))


def ask(cache: Cache, spec: Spec, scenario: str | None = None, scope: str | None = None, **settings: Setting) -> Usage:
    """Ask for a system; it must be what compiling gives. What was done for it."""
    found = cache.system(spec, scenario=scenario, scope=scope, settings=settings)
    assert found == compile_system(spec, scenario=scenario, scope=scope, settings=settings)
    assert found[0] is None or listing(found[0])
    return cache.take_usage()


COMPILED, FOUND = Usage(systems_compiled=1), Usage(systems_found=1)


@pytest.mark.slow
@pytest.mark.parametrize("era", era_names())
def test_every_scenario_of_an_era_comes_back(cache: Cache, era: str) -> None:
    spec = loaded(era)
    for scenario in spec.scenarios:
        assert ask(cache, spec, scenario.name) == COMPILED
    for scenario in spec.scenarios:
        assert ask(again(cache), spec, scenario.name) == FOUND


def test_each_choice_is_a_system_of_its_own(cache: Cache) -> None:
    spec = loaded("ws2012")
    one, other = (scenario.name for scenario in spec.scenarios[:2])
    choices: list[dict[str, Setting | None]] = [
        {},
        {"scenario": one},
        {"scenario": other},
        {"scenario": one, "scope": spec.scopes[1].name},
        {"VM": 1},
        {"VM": 2},
    ]
    for choice in choices:
        assert ask(cache, spec, **choice) == COMPILED, choice  # type: ignore[arg-type]
    for choice in choices:
        assert ask(cache, spec, **choice) == FOUND, choice  # type: ignore[arg-type]


def test_a_number_is_no_truth(cache: Cache) -> None:
    """A setting that is wrong is told so, whatever equals it."""
    spec = loaded("ws2012")
    truth = next(parameter.name for parameter in spec.parameters if isinstance(parameter.default, bool))
    assert ask(cache, spec, **{truth: True}) == COMPILED
    assert ask(cache, spec, **{truth: 1}) == COMPILED


def test_what_is_wrong_is_told_again(cache: Cache) -> None:
    spec = loaded("ws2012")
    for _ in range(2):
        assert ask(cache, spec, "no_such_scenario") == COMPILED
    assert not files(cache)


@pytest.mark.parametrize(
    "change", [("main.hvs", "ws2012", "ws2012 "), ("vss.hvs", "module", "module "), ("main.hvs", "\n", "\n\n")]
)
def test_any_text_that_was_read_counts(cache: Cache, tmp_path: Path, change: tuple[str, str, str]) -> None:
    shipped = loaded("ws2012").sources
    for name, text in shipped.items():
        (tmp_path / ("main.hvs" if name.startswith("eras/") else Path(name).name)).write_text(text)
    path, before, after = tmp_path / change[0], change[1], change[2]
    spec = loaded(tmp_path / "main.hvs")
    assert ask(cache, spec) == COMPILED
    assert ask(cache, loaded(tmp_path / "main.hvs")) == FOUND
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    assert ask(cache, loaded(tmp_path / "main.hvs")) == COMPILED
    path.write_text(text)
    assert ask(cache, loaded(tmp_path / "main.hvs")) == FOUND


def test_a_module_of_the_same_text_elsewhere_counts(cache: Cache, tmp_path: Path) -> None:
    """A shipped module that the author puts beside the spec: places in the system name another file."""
    (tmp_path / "main.hvs").write_text(loaded("ws2012").sources["eras/ws2012.hvs"])
    assert ask(cache, loaded(tmp_path / "main.hvs")) == COMPILED
    (tmp_path / "vss.hvs").write_text(loaded("ws2012").sources["std/vss.hvs"])
    assert ask(cache, loaded(tmp_path / "main.hvs")) == COMPILED


def test_another_hvcheck_takes_nothing(cache: Cache) -> None:
    spec = loaded("ws2012")
    ask(cache, spec)
    other = replace(cache, stamp=replace(cache.stamp, digest="another"))
    assert ask(other, spec) == COMPILED
    assert ask(cache, spec) == FOUND


# ---------------------------------------------------------------- modules

LONG = '(module (func (export "seven") (result i32) (i32.const 7)) (;' + SHORTEST * " " + ";))"


def seven(cache: Cache, text: str = LONG) -> int:
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    function = wasmtime.Instance(store, cache.module(engine, text), []).exports(store)["seven"]
    assert isinstance(function, wasmtime.Func)
    return int(function(store))


def test_a_module_is_compiled_once(cache: Cache) -> None:
    assert seven(cache) == 7
    assert cache.take_usage() == Usage(modules_compiled=1)
    assert seven(again(cache)) == 7
    assert seven(cache, LONG.replace("7", "8")) == 8
    assert seven(cache) == 7
    assert cache.take_usage() == Usage(modules_compiled=1, modules_found=1)


def test_short_modules_are_not_kept(cache: Cache) -> None:
    assert seven(cache, LONG.replace(SHORTEST * " ", "")) == 7
    assert not files(cache)
    assert cache.take_usage() == Usage()


def test_code_for_another_machine_is_compiled_here(cache: Cache) -> None:
    """wasmtime itself tells what was made for another processor, or by another version of it."""
    seven(cache)
    (path,) = files(cache, "module")
    key = path.name.rpartition("-")[2]
    path.write_bytes(sealed(key, b"\x7fELF of another machine"))
    assert seven(again(cache)) == 7
    later = again(cache)
    assert seven(later) == 7
    assert later.take_usage() == Usage(modules_found=1)


# ---------------------------------------------------------------- damage


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _no_system(path: Path) -> None:
    path.write_bytes(sealed(path.name.rpartition("-")[2], b"[1, [], [], [[0]]]"))


def _nothing(path: Path) -> None:
    path.write_bytes(sealed(path.name.rpartition("-")[2], 100_000 * b"["))


@pytest.mark.parametrize("damage", [_cut, _flip, _empty, _zero, _link, _no_system, _nothing])
def test_a_damaged_entry_is_told_and_made_again(cache: Cache, damage: Callable[[Path], None]) -> None:
    spec = loaded("ws2012")
    ask(cache, spec)
    (path,) = files(cache)
    whole = path.read_bytes()
    damage(path)
    used = ask(again(cache), spec)
    assert used.systems_compiled == 1
    (remark,) = used.remarks
    assert remark.startswith(f"{path.name} is made again: ")
    assert path.read_bytes() == whole
    assert ask(again(cache), spec) == FOUND


def test_entries_that_have_changed_places_are_not_taken(cache: Cache) -> None:
    spec = loaded("ws2012")
    names = [scenario.name for scenario in spec.scenarios[:2]]
    for name in names:
        ask(cache, spec, name)
    first, second = files(cache)
    third = first.with_name("third")
    first.rename(third)
    second.rename(first)
    third.rename(second)
    for name in names:
        assert ask(cache, spec, name).systems_compiled == 1


# ---------------------------------------------------------------- what cannot be kept


def test_a_folder_that_is_full_or_read_only_is_told_once(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = loaded("ws2012")
    ask(cache, spec, spec.scenarios[0].name)
    opened = os.open

    def read_only(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT:
            raise OSError(30, "Read-only file system")
        return opened(path, flags, mode, dir_fd=dir_fd)

    later = again(cache)
    monkeypatch.setattr(os, "open", read_only)
    assert ask(later, spec, spec.scenarios[0].name) == FOUND
    told = [ask(later, spec, scenario.name).remarks for scenario in spec.scenarios[1:4]]
    assert told == [("nothing more is kept: Read-only file system",), (), ()]
    assert ask(later, spec, spec.scenarios[0].name) == FOUND


def test_a_folder_that_becomes_unsafe_is_left(cache: Cache) -> None:
    spec = loaded("ws2012")
    ask(cache, spec)
    os.chmod(cache.folder.path, 0o777)
    used = ask(cache, spec)
    assert used.systems_compiled == 1
    assert used.remarks[0].startswith("cache-writable: ")
    os.chmod(cache.folder.path, 0o700)
    assert ask(cache, spec) == COMPILED  # what was there meanwhile, nobody knows


def test_an_edit_of_hvcheck_meanwhile_keeps_nothing_more(cache: Cache) -> None:
    edited = replace(cache, stamp=replace(cache.stamp, seen=0))
    used = ask(edited, loaded("ws2012"))
    assert used.remarks == ("hvcheck's own files have changed since it started; nothing more is kept",)
    assert not files(cache)


def test_an_edit_of_hvcheck_just_now_uses_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hvcheck.cache.stamp.SETTLED", 1e12)
    made = open_cache(tmp_path / "kept")
    used = ask(made, loaded("ws2012"))
    assert used.remarks == ("hvcheck's own files have changed only just now; the run goes on without it",)
    assert not files(made)


def test_files_of_hvcheck_that_cannot_be_read_use_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / ".#edited.py").symlink_to("nowhere")  # as an editor locks a file
    monkeypatch.setattr("hvcheck.cache.cache.own_folders", lambda: (str(package),))
    made = open_cache(tmp_path / "kept")
    used = ask(made, loaded("ws2012"))
    assert used.systems_compiled == 1
    assert used.remarks == (
        "hvcheck's own files cannot be read (No such file or directory); the run goes on without it",
    )
    assert not files(made)


def test_size_is_bounded(tmp_path: Path) -> None:
    spec = loaded("ws2012")
    small = open_cache(tmp_path / "kept", limit=400_000)
    for scenario in spec.scenarios[:6]:
        assert ask(small, spec, scenario.name) == COMPILED
    assert 0 < sum(path.stat().st_size for path in files(small)) <= 400_000


def test_a_worker_has_a_copy(cache: Cache) -> None:
    copy = pickle.loads(pickle.dumps(cache))
    spec = loaded("ws2012")
    assert ask(copy, spec) == COMPILED
    assert ask(cache, spec) == FOUND
