"""Warnings: none for what is shipped, none for specs that do it right, and none that hide an error."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from docs.fences import ROOT, fences
from hvspec.diagnostic import Diagnostic
from hvspec.library import Source, era_names
from hvspec.load import load, load_source

SHIPPED = (
    *era_names(),
    *(str(files("hvspec").joinpath("templates", name)) for name in ("minimal.hvs", "on_vss.hvs")),
)
UNFINISHED = ("docs/tutorial.md", "README.md")
"""These begin with a backup that forgets to freeze the database, and the warning says so: nobody sends `OnFreeze`."""


def said_of(text: str) -> list[Diagnostic]:
    return list(load_source(Source("x.hvs", text))[1])


def codes(text: str) -> list[str]:
    return [one.code for one in said_of(text)]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_shipped_is_free_of_warnings(name: str) -> None:
    assert load(name)[1] == ()


@pytest.mark.parametrize("page", sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")))
def test_examples_are_free_of_warnings(page: str, tmp_path: Path) -> None:
    every = [fence for fence in fences(page) if fence.language == "hvs" and fence.words[:1] != ("broken",)]
    for fence in every:
        if fence.words[:1] == ("module",):
            (tmp_path / f"{fence.words[1]}.hvs").write_text(fence.text)
    for fence in every:
        if fence.words[:1] != ("module",) and fence.text.startswith("era "):
            (tmp_path / "example.hvs").write_text(fence.text)
            allowed = {"HV604"} if page in UNFINISHED else set()
            assert {one.code for one in load(str(tmp_path / "example.hvs"))[1]} <= allowed, fence


def test_a_module_need_not_use_what_it_offers() -> None:
    assert codes("module x\nvar x: bool\nfun f = x\nactor A { on M { } }\n") == []


def test_warnings_wait_until_the_errors_are_gone() -> None:
    assert codes("era x\nvar idle: bool\nactor A\nprotocol P by B { step S }\n") == ["HV102"]


def test_a_warning_is_no_error() -> None:
    spec, found = load_source(Source("x.hvs", "era x\nvar idle: bool\nactor A\nprotocol P by A { step S }\n"))
    assert spec is not None
    assert [(one.severity, one.code) for one in found] == [("warning", "HV601")]


SOUND = {
    "a variable that only a condition reads": "var y: bool\nactor A\nprotocol P by A { if y { y := false } }",
    "a variable that only another's initial value needs": (
        "sort VM\nconst a: VM\nvar v: VM = a\nactor A\nprotocol P by A { if v == a { step S } }\nscope s { VM = 1 }"
    ),
    "a member of the same name as a top-level one": (
        "var busy: bool\nactor A { var busy: bool  on M { busy := not busy } }\n"
        "protocol P by A { -> A: M  if busy { step S } }"
    ),
    "a handler called through a parameter": (
        "interface W { M }\nactor A { on M { step S } }\nservice V(w: W) { on Do { -> w: M } }\n"
        "actor B = V(w: A)\nprotocol P by B { -> B: Do }"
    ),
    "an optional message that one actor takes": (
        "interface W { M N }\nactor A { on M { step S } }\nactor B { on N { step T }  on M { step U } }\n"
        "service V(ws: set of W) { on Do { each w in ws { -> w: M  -> w: N } } }\n"
        "actor C = V(ws: { A, B })\nprotocol P by C { -> C: Do }"
    ),
    "a property of a parameter": "param p: bool = true\nactor A\nprotocol P by A { step S }\nproperty Q always p",
    "a property of a place": (
        "place host\nactor A on host\nprotocol P by A { step S }\nproperty Q always up(host)\n"
        "fault F at most 1 { crash host }\nscenario s { F = 1 }"
    ),
    "a property of where a protocol is": "actor A\nprotocol P by A { step S }\nproperty Q always not ended(P)",
    "a property of a disk that is copied whole": (
        "storage D { var z: bool  op put() { z := true } }\nvar one: D\nvar two: D\nactor A\n"
        "protocol P by A { one := two  step S { two.put() } }\nproperty Q always not one.z"
    ),
    "a branch that fails and one that goes on": (
        "var x: bool\nactor A\nprotocol P by A { if x { fail NO }  step S { x := true } }"
    ),
    "an actor that only reacts": (
        "place box\nactor A\nactor B on box { when restarted(box) { step Again } }\nprotocol P by A { step S }\n"
        "fault Die at most 1 when up(box) { crash box }\nenv Back when not up(box) { restart box }\n"
        "scenario s { Die = 1 }"
    ),
    "a variable that a service assigns": (
        "var x: bool\nvar y: map[VM] bool\nsort VM\nservice V(flag: bool, flags: map[VM] bool) "
        "{ on Do { flag := true  all v in VM { flags[v] := flag } } }\nactor A = V(flag: x, flags: y)\n"
        "protocol P by A { -> A: Do }\nproperty Q always (all v: VM . y[v]) implies x\nscope s { VM = 1 }"
    ),
    "a record whose fields are looked at": (
        "record R { n: int 0..2  set: bool }\nvar r: R\nactor A\n"
        "protocol P by A { r.n := 1  step S { r := R(2, true) } }\nproperty Q always r.set implies r.n == 2"
    ),
    "behind loops that are left": (
        "var x: bool\nactor A\n"
        "protocol P by A { loop { if x { break }  loop { step S { x := true }  break } }  step T }"
    ),
    "behind a break in a branch": (
        "var x: bool\nactor A\nprotocol P by A { loop { choose { step S } or { break }  x := not x  await x } }"
    ),
    "a handler that overrides": (
        "service V() { on Do { step S } }\nactor A = V() { override on Do { inherited  step T } }\n"
        "protocol P by A { -> A: Do }"
    ),
    "a message that is only sent": (
        "actor A\nactor B { on M { step S } }\nchannel A ~> B at most 2\nprotocol P by A { ~> B: M lossy  step T }\n"
        "scenario s { losses = 1 }"
    ),
    "alternation in the order of the sorts": (
        "sort VM, DISK\nvar c: map[VM, DISK] bool\nactor A\n"
        "protocol P by A { all v in VM, d in DISK { c[v, d] := true } }\n"
        "property Q always all v: VM . some d: DISK . not c[v, d]\nscope s { VM = 1  DISK = 1 }"
    ),
    "two quantifiers of one kind": (
        "sort VM\nvar o: map[VM] bool\nactor A\nprotocol P by A { all v in VM { o[v] := true } }\n"
        "property Q always all v: VM, w: VM . o[v] == o[w]\n"
        "property R always not (some v: VM . some w: VM . o[w] and not o[v])\nscope s { VM = 1 }"
    ),
    "a budget that a scenario gives": (
        "var x: bool\nbudget w\nactor A\nprotocol P by A { if x { step S } }\nenv E spends w { x := not x }\n"
        "scenario s { w = 1 }"
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_no_false_alarm(name: str) -> None:
    assert said_of(f"era x\n{SOUND[name]}\n") == []
