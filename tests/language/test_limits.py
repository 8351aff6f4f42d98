"""Specs that are too much, or no text at all: a diagnostic, soon."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest

from hvspec.compile import compile_system
from hvspec.load import load

START = "era big\nactor A\nvar x: bool\n"
SECONDS = 20.0
"""Far more than any of these takes, on a slow machine too; without their limits they take hours."""


def nested(opening: str, closing: str, times: int, core: str) -> str:
    return opening * times + core + closing * times


def numbered(times: int, text: str) -> str:
    """The text repeated with its number (@), and with the next (@@)."""
    return "".join(text.replace("@@", str(i + 1)).replace("@", str(i)) for i in range(times))


TOO_LARGE = {
    "ways double with every require": START
    + numbered(40, "var x@: bool\n")
    + f"protocol P by A {{ step S {numbered(40, 'if x@ { require x else fail NO } ')} step T }}",
    "every handler calls the next twice": START
    + numbered(25, "actor B@ { on M { -> B@@: M  -> B@@: M } }\n")
    + "actor B25 { on M { step S } }\nprotocol P by A { -> B0: M }",
    "every function uses the next twice": START
    + numbered(30, "fun f@ = f@@ and (not f@@ or x)\n")
    + "fun f30 = x\nprotocol P by A { x := f0 }",
    "every value is twice the one before": START
    + numbered(41, "var x@: bool\n")
    + f"protocol P by A {{ step S {{ {numbered(40, 'x@@ := x@ == (x@ and x0) ')} }} }}",
    "branches for every combination": "era big\ninterface I { M }\nactor A\n"
    + numbered(30, "actor B@\n")
    + "protocol P by A { each "
    + ", ".join(f"w{i} in {{ {', '.join(f'B{j}' for j in range(30))} }}" for i in range(5))
    + " { -> w0: M } }",
    "forks inside forks": "era big\nactor A\nsort VM\nscope s { VM = 1 }\n"
    + f"protocol P by A {{ {nested('each v in VM { ', '}', 40, 'step S')} }}",
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_large_to_compile(name: str, tmp_path: Path) -> None:
    assert said_of(TOO_LARGE[name], tmp_path) <= {"HV406", "HV006"}


TOO_DEEP = {
    "brackets": START + f"protocol P by A {{ x := {'(' * 5000}x{')' * 5000} }}",
    "blocks": START + f"protocol P by A {{ {nested('try { ', '}', 5000, 'step S')} }}",
    "not": START + f"protocol P by A {{ x := {'not ' * 5000}x }}",
    "or": START + f"protocol P by A {{ x := {' or '.join(['x'] * 5000)} }}",
    "implies": START + f"protocol P by A {{ x := {' implies '.join(['x'] * 5000)} }}",
    "if expressions": START + f"protocol P by A {{ x := {'if x then x else ' * 3000} x }}",
    "if statements": START + f"protocol P by A {{ {' else '.join(['if x { step S }'] * 1000)} }}",
    "sums": START + f"var n: int 0..3\nprotocol P by A {{ n := {' + '.join(['n'] * 5000)} }}",
    "functions": START + numbered(2000, "fun f@ = not f@@\n") + "fun f2000 = x\nprotocol P by A { x := f0 }",
    "assignments": START + f"protocol P by A {{ {'x := not x ' * 5000} }}",
}


@pytest.mark.parametrize("name", TOO_DEEP)
def test_nested_too_deeply(name: str, tmp_path: Path) -> None:
    assert "HV006" in said_of(TOO_DEEP[name], tmp_path)


def said_of(text: str, folder: Path) -> set[str]:
    """The codes of what is said when a spec that cannot be had is loaded and compiled."""
    path = folder / "big.hvs"
    path.write_text(text, "utf-8")
    start = monotonic()
    spec, found = load(str(path))
    for scenario in spec.scenarios if spec else ():
        system, _, wrong = compile_system(spec, scenario=scenario.name)  # type: ignore[arg-type]
        assert system is None
        found += wrong
    assert monotonic() - start < SECONDS
    return {one.code for one in found if one.severity == "error"}


@pytest.mark.parametrize("limit", ["MAX_ACTIONS", "MAX_LOCATIONS"])
def test_so_many_and_no_more(limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "steps.hvs"
    path.write_text(START + f"protocol P by A {{ {'step S ' * 30} }}")
    spec, _ = load(str(path))
    assert spec is not None
    monkeypatch.setattr(f"hvspec.compile.builder.{limit}", 30)
    assert compile_system(spec)[0] is not None
    monkeypatch.setattr(f"hvspec.compile.builder.{limit}", 29)
    assert [one.code for one in compile_system(spec)[2]] == ["HV406"]


def test_large_is_not_too_large(tmp_path: Path) -> None:
    path = tmp_path / "long.hvs"
    path.write_text(START + "protocol P by A { " + "step S " * 300 + "}", "utf-8")
    spec, found = load(str(path))
    assert spec is not None, found
    system, _, wrong = compile_system(spec)
    assert system is not None, wrong
    assert len(system.actions) == 300


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("var n: int 0..99999999999999999999999999", "HV202"),
        ("sort VM\nscope s { VM = 99999999999999999999999999 }", "HV504"),
        ("sort VM\nscope s { VM = 0 }", "HV504"),
        ("scope s { deadlines = 99999999999999999999999999 }", "HV507"),
        ("scenario s { deadlines = 99999999999999999999999999 }", "HV507"),
        ("budget w\nscope s { w = 99999999999999999999999999 }", "HV507"),
        ("var n: int 0..3\nproperty Q always n == " + "9" * 6000, ""),
    ],
)
def test_huge_numbers(text: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "huge.hvs"
    path.write_text(START + text, "utf-8")
    spec, found = load(str(path))
    assert (spec is None) == bool(code)
    assert [one.code for one in found if one.severity == "error"] == [code] * bool(code)


@pytest.mark.parametrize("value", ["²", "--5", "-1", "9" * 5000, "99999999", "0", "", "true", "1.5", " 1"])
def test_settings_that_are_no_numbers(value: str, tmp_path: Path) -> None:
    path = tmp_path / "set.hvs"
    path.write_text(
        START + "sort VM\nconst a: VM\nparam n: int 1..3 = 1\nprotocol P by A { step S }\nscope s { VM = 2 }"
    )
    spec, found = load(str(path))
    assert spec is not None, found
    for name in ("VM", "n"):
        system, _, wrong = compile_system(spec, settings={name: value})
        assert system is None
        assert {one.code for one in wrong} <= {"HV211", "HV504", "HV505", "HV507"}
    assert compile_system(spec, settings={"deadlines": value})[0] is None or value == "0"


def test_names_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "names.hvs"
    path.write_text(START + "protocol P by A { step S }")
    spec, _ = load(str(path))
    assert spec is not None
    for wrong in (
        compile_system(spec, scenario="nope"),
        compile_system(spec, scope="nope"),
        compile_system(spec, settings={"nope": 1}),
    ):
        assert wrong[0] is None
        assert [one.code for one in wrong[2]] == ["HV102"]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"", ["HV008"]),
        (b"\xff\xfe\x00", ["HV009"]),
        (b"era caf\xe9", ["HV009"]),
        (b"era x\x00y\nactor A", ["HV002", "HV008"]),
        (b"# " + b"a" * 2_000_000, ["HV007", "HV008"]),
        (b"a" * 9_000_000, ["HV009"]),
        (b"era x\r\nactor A\r\nvar x: bool # a comment\r\nprotocol P by A { step S { x := true } }\r\n", []),
        (b"\xef\xbb\xbfera x\nactor A\nprotocol P by A { step S }\n", []),
        (b"era x\ractor A\rprotocol P by A { step S }\r", []),
        ('era x "Sicherung: größer als ✓"\nactor A'.encode(), []),
    ],
    ids=["empty", "UTF-16", "Latin-1", "NUL", "2 MB", "9 MB", "CRLF", "byte order mark", "CR", "UTF-8"],
)
def test_files(content: bytes, codes: list[str], tmp_path: Path) -> None:
    path = tmp_path / "file.hvs"
    path.write_bytes(content)
    spec, found = load(str(path))
    assert sorted({one.code for one in found if one.severity == "error"}) == codes
    assert (spec is None) == bool(codes)


def test_what_is_no_file(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "none.hvs"), "no_such_era", "", "a\x00b", "x" * 5000):
        spec, found = load(name)
        assert spec is None
        assert [one.code for one in found] == ["HV009"], name


def test_modules_that_use_one_another(tmp_path: Path) -> None:
    (tmp_path / "one.hvs").write_text("module one\nuse two\nsort VM")
    (tmp_path / "two.hvs").write_text("module two\nuse one, two\nenum Mode { idle busy }")
    path = tmp_path / "self.hvs"
    path.write_text("era self\nuse one, self\nactor A\nvar m: Mode\nprotocol P by A { each v in VM { step S(v) } }")
    spec, found = load(str(path))
    assert spec is None, "an era that uses itself declares everything twice"
    assert {one.code for one in found} == {"HV101"}
    path.write_text(
        "era self\nuse one\nactor A\nvar m: Mode\nprotocol P by A { each v in VM { step S(v) } }\nscope s { VM = 2 }"
    )
    spec, found = load(str(path))
    assert spec is not None, found


def test_a_module_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "other.hvs").write_bytes(b"module other \xff")
    path = tmp_path / "era.hvs"
    path.write_text("era x\nuse other\nactor A\nprotocol P by A { step S }")
    spec, found = load(str(path))
    assert spec is None
    assert [one.code for one in found] == ["HV009"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("actor B { on M { -> B: M } }\nprotocol P by A { -> B: M }", "HV319"),
        ("actor B { on M { -> C: N } }\nactor C { on N { -> B: M } }\nprotocol P by A { -> B: M }", "HV319"),
        ("fun f = f\nprotocol P by A { x := f }", "HV225"),
        ("fun f = g\nfun g = f\nprotocol P by A { x := f }", "HV225"),
        (
            "storage D { var z: bool  fun f = g  fun g = f }\nvar d: D\nprotocol P by A { x := d.f }",
            "HV225",
        ),
    ],
)
def test_recursion(text: str, code: str, tmp_path: Path) -> None:
    assert said_of(START + text, tmp_path) == {code}
