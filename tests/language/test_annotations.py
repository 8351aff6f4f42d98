"""What a spec notes beside its protocol is checked, kept, and no part of what is explored."""

from __future__ import annotations

from pathlib import Path

from hvspec.load import load
from hvspec.session import Session

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


SOURCED = """module sourced
about B.M, S, Blink, P, Once, NotHere, B.NotHere cites "one", "more"
"""


def test_an_about_adds_sources_and_passes_over_what_a_module_does_not_find(tmp_path: Path) -> None:
    (tmp_path / "sourced.hvs").write_text(SOURCED, encoding="utf-8")
    more = 'use sourced\nproperty Once at most 1 S\nabout Once cites "last", "one"'
    spec = loaded(written(tmp_path, handler=' cites "one"', more=more))
    kept = {(one.about, one.text) for one in spec.annotations}
    assert kept == {(about, text) for about in ("B.M", "S", "Blink", "P") for text in ("one", "more")}
    assert [one.cites for one in spec.properties] == [("one", "more", "last")]
    system, _ = compiled(spec)
    assert next(one for one in system.properties if one.name == "Once").cites == ("one", "more", "last")
    cited = {event.name: action.cites for action in system.actions for event in action.events}
    assert [cited[name] for name in ("M", "S", "Blink")] == [("one", "more")] * 3


def test_an_about_of_the_era_names_what_there_is(tmp_path: Path) -> None:
    spec, found = load(str(written(tmp_path, more='about B.M, B.Mn cites "one"')))
    assert spec is None
    assert [(one.code, one.fix.replacement if one.fix else "") for one in found] == [("HV102", "B.M")]


def test_a_module_that_only_cites_is_of_use(tmp_path: Path) -> None:
    (tmp_path / "sourced.hvs").write_text(SOURCED, encoding="utf-8")
    _, found = load(str(written(tmp_path, more="use sourced")))
    assert [one for one in found if "sourced" in one.message] == []


def test_a_session_says_the_same_of_an_about(tmp_path: Path) -> None:
    text = written(tmp_path, more='about B.M cites "one"').read_text("utf-8")
    session = Session(text, "noted.hvs")
    assert "HV102" not in [one.code for one in session.diagnostics]
    assert "HV102" in [one.code for one in session.change(text.replace("about B.M", "about B.Mn"))]
    assert "HV102" not in [one.code for one in session.change(text)]


def test_a_measure_counts_what_there_is(tmp_path: Path) -> None:
    spec, found = load(str(written(tmp_path, more="measure copies counts T")))
    assert spec is None
    assert [one.code for one in found] == ["HV102"]
