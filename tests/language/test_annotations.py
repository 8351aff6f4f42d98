"""What a spec notes beside its protocol is checked, kept, and no part of what is explored."""

from __future__ import annotations

from pathlib import Path

from hvspec.load import load

from .helpers import compiled, loaded

PLAIN = """era noted
actor A
actor B {{ on M{handler} {{ }}  on N {{ }} }}
protocol P by A{protocol} {{ -> B: M{message}  step S{step}  ~> B: N{send} }}
env Blink when true{env} {{ }}
{more}
"""
NOTED = {
    "handler": ' cites "one"',
    "protocol": ' cites "two"',
    "message": ' cites "three", "four"',
    "step": ' takes 5s cites "five"',
    "send": "",
    "env": ' cites "six"',
    "more": "measure writes counts B.M\nmeasure copies counts S",
}


def written(folder: Path, **noted: str) -> Path:
    path = folder / "noted.hvs"
    path.write_text(PLAIN.format(**{**dict.fromkeys(NOTED, ""), **noted}), encoding="utf-8")
    return path


def test_they_are_kept(tmp_path: Path) -> None:
    spec = loaded(written(tmp_path, **{**NOTED, "send": " lossy"}))
    assert [(one.name, one.label) for one in spec.measures] == [("writes", "B.M"), ("copies", "S")]
    assert [(one.kind, one.about, one.text) for one in spec.annotations] == [
        ("cites", "B.M", "one"),
        ("cites", "M", "three"),
        ("cites", "M", "four"),
        ("takes", "S", "5s"),
        ("cites", "S", "five"),
        ("lossy", "N", ""),
        ("cites", "P", "two"),
        ("cites", "Blink", "six"),
    ]


def test_they_are_not_explored(tmp_path: Path) -> None:
    with_them, _ = compiled(loaded(written(tmp_path, **NOTED)))
    without, _ = compiled(loaded(written(tmp_path)))
    assert [one.name for one in with_them.functions] == [one.name for one in without.functions]
    assert len(with_them.actions) == len(without.actions)


def test_a_measure_counts_what_there_is(tmp_path: Path) -> None:
    spec, found = load(str(written(tmp_path, more="measure copies counts T")))
    assert spec is None
    assert [one.code for one in found] == ["HV102"]
