"""A session says after every edit what `load` says of the text as it is then."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

import hvspec.memory
from hvspec.check import check
from hvspec.library import Source, find_spec
from hvspec.load import load_source
from hvspec.memory import Memory
from hvspec.parser import chunks
from hvspec.program import assemble
from hvspec.session import Session, recut

from .helpers import HERE

SMALL = """era small
sort VM
var frozen: map[VM] bool
var done: bool
interface Writer { Freeze Thaw }
actor Sql { on Freeze { all v in VM { frozen[v] := true } }  on Thaw { done := true } }
fun all_frozen = all v: VM . frozen[v]
service Vss(writer: Writer) { on Do { -> writer: Freeze  if all_frozen { -> writer: Thaw } } }
actor V = Vss(writer: Sql)
protocol P by V { try { -> V: Do  step Copy { fail LATE } } recover LATE { step Abort } }
property Q always at(Copy) implies all_frozen
cover R eventually done
scope two { VM = 2 }
scenario s { expect Q holds }
"""


FULL = """era full
sort VM
place guest[VM]
record Mark { n: int 0..2  set: bool }
var mark: Mark
var marks: map[VM] Mark
var flags: map[VM] bool
interface Writer { Freeze Thaw }
actor Sql { on Freeze { loop { step Wait  if mark.set { break } } }  on Thaw { mark := Mark(1, true) } }
service Vss(flag: map[VM] bool, mark: Mark) { on Do(k: Mark) { mark := k  -> Sql: Freeze }  on Undo { step Back } }
actor V = Vss(flag: flags, mark: mark) { override on Undo { inherited  step More } }
actor App[vm: VM] on guest[vm] { volatile var busy: bool  when restarted(guest[vm]) { step Replay(vm) } }
channel V ~> Sql at most 2
protocol P by V { -> V: Do(Mark(2, false))  ~> Sql: Thaw lossy  each vm in VM { crash guest[vm]  restart guest[vm] } }
protocol R by V { -> V: Undo }
measure waits counts Wait
fault Die(vm: VM) at most 1 { crash guest[vm] }
fair env Turn { all v in VM { flags[v] := false } }
property Q under losses always at(Wait) implies not mark.set
scope two { VM = 2  losses = 1 }
scenario s { expect Q holds }
"""


def agrees(session: Session) -> None:
    scratch = load_source(Source(session.file, session.text, session.folder))[1]
    assert session.diagnostics == scratch


def texts() -> list[str]:
    names = ("ws2012", "ws2016")
    tiny = [(HERE / "tiny" / f"{name}.hvs").read_text("utf-8") for name in ("record_handed", "send_lossy", "override")]
    return [SMALL, FULL, *tiny, *(path.read_text("utf-8") for path in sorted((HERE / "broken").glob("*.hvs"))[::9])] + [
        find_spec(name).text for name in names
    ]


_TOKEN = re.compile(r'"[^"\n]*"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|:=|->|\s+|.')


def edited(text: str, chance: random.Random) -> tuple[int, int, str]:
    """Some stretch of tokens replaced by some other of the text, a bracket, a line break, or nothing."""
    tokens = list(_TOKEN.finditer(text))
    if not tokens:
        return 0, 0, "era x\n"
    first = chance.randrange(len(tokens))
    last = min(len(tokens) - 1, first + chance.choice((0, 0, 1, 3, 12)))
    start, end = tokens[first].start(), chance.choice((tokens[first].start(), tokens[last].end()))
    source = chance.randrange(len(tokens))
    until = min(len(tokens) - 1, source + chance.choice((0, 1, 8, 30)))
    copy = text[tokens[source].start() : tokens[until].end()]
    return start, end, chance.choice(("", "\n", " ", "{", "}", '"', "# ", "var ", "step New ", copy, copy))


@pytest.mark.parametrize("text", [SMALL, FULL], ids=["small", "full"])
@pytest.mark.parametrize("seed", range(8))
def test_random_edits_of_a_small_spec(seed: int, text: str) -> None:
    chance = random.Random(seed)
    session = Session(text)
    for _ in range(25):
        start, end, new = edited(session.text, chance)
        session.edit(start, end, new)
        agrees(session)
        if chance.random() < 0.4:
            session.change(text)
            agrees(session)


@pytest.mark.parametrize("era", ["ws2012", "ws2016"])
def test_random_edits_of_an_era(era: str) -> None:
    chance, text = random.Random(era), find_spec(era).text
    session = Session(text)
    agrees(session)
    for _ in range(5):
        session.edit(*edited(text, chance))
        agrees(session)
        session.change(text)
    assert session.diagnostics == load_source(find_spec(era))[1]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(texts())))
def test_many_random_edits(number: int) -> None:
    chance, text = random.Random(number), texts()[number]
    session = Session(text)
    for _ in range(60 if len(text) < 5000 else 15):
        session.edit(*edited(session.text, chance))
        agrees(session)
        if chance.random() < 0.3:
            session.change(text)


@pytest.mark.parametrize("seed", range(20))
def test_chunks_of_an_edited_text_are_those_of_the_text(seed: int) -> None:
    chance = random.Random(seed)
    for text in texts():
        known = tuple(chunks(text))
        for _ in range(4):
            start, end, new = edited(text, chance)
            after = text[:start] + new + text[end:]
            known, text = recut(text, known, after), after
            assert known == tuple(chunks(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("step Copy", "step Copied"),  # a property asks where Copy is
        ("fail LATE", "fail EARLY"),  # the handler recovers from LATE
        ("Freeze Thaw }", "Freeze }"),
        ("fun all_frozen = all v: VM . frozen[v]", "fun all_frozen = v"),
        ("writer: Sql", "writers: Sql"),
        ("on Thaw {", "on Thaw(v: VM) {"),
        ("var done: bool", "var done: int 0..3"),
        ("sort VM", "sort VM, DISK"),
        ("service Vss", "\n\n# about the service\nservice Vss"),
        ("var done: bool", "var done: bool\nvar done: bool"),
    ],
)
def test_what_depends_on_an_edit_is_checked_again(old: str, new: str) -> None:
    session = Session(SMALL)
    session.change(SMALL.replace(old, new))
    agrees(session)
    session.change(SMALL)
    agrees(session)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Thaw lossy", "Thaw"),  # a scope and a property speak of losses
        ("override on Undo", "on Undo"),
        ("on Undo { step Back }", "on Redo { step Back }"),
        ("on Undo { step Back }", "on Undo(k: bool) { step Back }"),
        ("on Undo { step Back }", "on Undo { break }"),
        ("step Wait  if", "if"),
        ("loop { step Wait", "loop { each vm in VM { step Wait }"),
        ("step Wait", "step Waited"),  # a measure and a property ask about it
        ("sort VM", "sort VN"),
        ("set: bool }", "done: bool }"),
        ("n: int 0..2  set", "n: int 0..2  more: bool  set"),
        ("actor Sql", "actor Mysql"),
        ("at most 2", "at most 9"),
        ("mark: mark)", "mark: marks)"),
        ("flag: map[VM] bool,", "flag: bool,"),
        ("crash guest[vm]  restart", "crash guest  restart"),
        ("place guest[VM]", "place guest"),
    ],
)
def test_what_depends_on_an_edit_of_the_rest_is_checked_again(old: str, new: str) -> None:
    session = Session(FULL)
    assert session.diagnostics == () or not any(one.severity == "error" for one in session.diagnostics)
    session.change(FULL.replace(old, new))
    agrees(session)
    session.change(FULL)
    agrees(session)


def outline_without_functions(declaration: object) -> list[str]:
    return [] if type(declaration).__name__ == "Function" else [repr(declaration)]


MISTAKEN = SMALL.replace("done := true", "donee := true")
"""A name that is not there, and so the nearest one that is."""
CODED = SMALL.replace("step Copy { fail LATE }", "step Copy").replace("on Do {", "on Do { require done else fail LATE")
IGNORED = "era i\ninterface W { Freeze Thaw }\nactor A { on Freeze { } }\nprotocol P by A { -> A: Thaw }\n"
NAMES = hvspec.memory._names
BEGIN, BY_NAME, NOTE = Memory.begin, Memory._outlines_by_name, Memory.note


def outlines_without(said: str) -> object:
    def mutant(*given: object) -> dict[str, tuple[str, ...]]:
        found = BY_NAME(*given)  # type: ignore[arg-type]
        return {name: outlines for name, outlines in found.items() if outlines != (said,)}

    return mutant


def always_fine(memory: Memory, kind: str, subject: object, found: object, **_: object) -> object:
    return NOTE(memory, kind, subject, found, fine=True)


@pytest.mark.parametrize(
    ("of", "mutant", "text", "old", "new"),
    [
        ("_outline", outline_without_functions, SMALL, "all v: VM . frozen[v]\n", "3\n"),
        ("Memory._outlines_by_name", outlines_without("step"), SMALL, "step Copy {", "step Other {"),
        ("Memory._outlines_by_name", outlines_without("code"), CODED, "fail LATE", "fail EARLY"),
        ("Memory._everyones", lambda *_: "", SMALL, "sort VM\n", "sort VN\n"),
        ("Memory.begin", lambda *found: BEGIN(*found[:-1], False), FULL, "Thaw lossy", "Thaw"),
        ("Memory.with_service", lambda *found: found[2:], FULL, "on Undo { step", "on Undo { rethrow step"),
        ("_affected", lambda _, changed: set(changed), SMALL, "frozen: map[VM] bool", "frozen: bool"),
        ("Memory._words", lambda *_: frozenset(), SMALL, "step Copy {", "step Other {"),
        ("Memory.note", always_fine, MISTAKEN, "var done", "var doneee: bool\nvar done"),
        ("_names", lambda one: () if hasattr(one, "messages") else NAMES(one), IGNORED, "Freeze Thaw", "Freeze"),
    ],
    ids=["functions", "steps", "codes", "sorts", "losses", "services", "outlines", "words", "proposals", "messages"],
)
def test_a_memory_that_depends_on_less_is_found_out(
    of: str, mutant: object, text: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old in text
    session = Session(text)
    session.change(text.replace(old, new))
    agrees(session)
    monkeypatch.setattr(f"hvspec.memory.{of}", mutant)
    session = Session(text)
    session.change(text.replace(old, new))
    with pytest.raises(AssertionError):
        agrees(session)


def test_only_what_changed_is_read_and_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    checked: list[str] = []
    import hvspec.check.code
    import hvspec.session

    parse, block = hvspec.session.parse_chunk, hvspec.check.code.Checker.block
    monkeypatch.setattr("hvspec.session.parse_chunk", lambda chunk, file: read.append(chunk.text) or parse(chunk, file))
    monkeypatch.setattr(
        "hvspec.check.code.Checker.block",
        lambda self, one, *rest, **more: checked.append("") or block(self, one, *rest, **more),
    )
    session = Session(SMALL)
    assert len(read) > 10
    read.clear()
    checked.clear()
    session.change(SMALL.replace("done := true", "done := false"))
    assert [text.split()[:2] for text in read] == [["actor", "Sql"]]
    assert len(checked) == 2, "both handlers of the one actor"


def test_modules_beside_the_spec(tmp_path: Path) -> None:
    (tmp_path / "bells.hvs").write_text("module bells\nsort ROOM\nvar rings: map[ROOM] bool\n")
    session = Session(
        "era x\nuse bells\nactor A\nprotocol P by A { step S }\nscope s { ROOM = 2 }\n", "x.hvs", tmp_path
    )
    agrees(session)
    (tmp_path / "bells.hvs").write_text("module bells\nsort ROM\nvar rings: map[ROOM] bool\n")
    session.change(session.text)
    agrees(session)
    assert {one.span.file for one in session.diagnostics} == {str(tmp_path / "bells.hvs"), "x.hvs"}


def test_a_module_that_only_a_comment_names_is_unused(tmp_path: Path) -> None:
    (tmp_path / "bells.hvs").write_text("module bells\nfun rings() = true\n")
    text = "era x\nuse bells\nactor A\nprotocol P by A { step S # rings\n}\n"
    session = Session(text, "x.hvs", tmp_path)
    agrees(session)
    assert [one.message for one in session.diagnostics] == ["nothing of the module `bells` is used"]


@pytest.mark.parametrize("default", ["tru", "A", "7", "n", "true"])
def test_defaults_of_parameters_that_nothing_uses(default: str) -> None:
    session = Session("era x\nparam n: int 0..3 = 1\nparam p: bool = true\nactor A\nprotocol P by A { step S }\n")
    session.change(session.text.replace("bool = true", f"bool = {default}"))
    agrees(session)
    assert (session.spec() is None) == (default != "true")
    assert any(one.severity == "error" for one in session.diagnostics) == (default != "true")


def test_a_spec_of_a_session_can_be_compiled() -> None:
    session = Session(SMALL)
    spec = session.spec()
    assert spec is not None
    assert spec.sources.keys() == {"spec.hvs"}
    session.edit(0, 3, "ere")
    assert session.spec() is None


def test_a_memory_that_does_not_last_keeps_no_findings(tmp_path: Path) -> None:
    (tmp_path / "bells.hvs").write_text("module bells\nactor B { on Go { rings := true } }\n")
    memory = Memory()
    for type_ in ("bool", "int 0..3"):
        source = Source("x.hvs", f"era x\nuse bells\nvar rings: {type_}\nprotocol P by B {{ -> B: Go }}\n", tmp_path)
        # The module is read once, so its parts are the same.
        assert check(assemble(source), memory) == check(assemble(source))
