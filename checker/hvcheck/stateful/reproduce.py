"""A failure as a pytest file that shows it again."""

from __future__ import annotations

import inspect
import re
from os import path
from pathlib import Path
from typing import Any

from hvcheck.chart.run import step_label
from hvcheck.report.conformance import what_happened
from hvmodel.dataclass import dataclass
from hvmodel.semantics import Step
from hvmodel.trace import Trace, run

from .report import Broken, Differs, Move, TestReport
from .setup import Prepared
from .shrink import steps_of

_UNFIT = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The moves that show a failure, and all that is needed to make them again."""

    prepared: Prepared
    moves: tuple[Move, ...]
    headline: str
    differences: tuple[str, ...]
    chart: str

    @classmethod
    def of(cls, prepared: Prepared, report: TestReport) -> Reproduction | None:
        """None where there is no failure to show."""
        outcome = report.outcome
        if not isinstance(outcome, Differs | Broken):
            return None
        differences = tuple(map(str, getattr(outcome, "differences", ())))
        return cls(prepared, outcome.moves, what_happened(outcome, prepared.setup.tested), differences, outcome.chart)


def save_reproduction(reproduction: Reproduction, folder: Path) -> Path:
    """Write `test_SPEC_SCENARIO_SCOPE.py` into the folder, over a file of that name. The path that was written."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"test_{_word(reproduction)}.py"
    file.write_text(reproduction_text(reproduction, folder), encoding="utf-8")
    return file


def reproduction_text(reproduction: Reproduction, folder: Path) -> str:
    """The file's text. Own files are named relative to `folder`, in which it will stand."""
    setup = reproduction.prepared.setup
    imported = setup.tool or (setup.driver if not isinstance(setup.driver, str) else None)
    lines = [
        f'"""{_quoted(reproduction.headline)}: a failure that hvcheck found, to be run with pytest.',
        "",
        *(_quoted(difference) for difference in reproduction.differences),
        "",
        *(_quoted(line) for line in reproduction.chart.splitlines()),
        '"""',
        "",
        *_imports(imported, folder),
        "",
        f"MOVES = [\n{_moves(reproduction)}]",
        "",
        "",
        f"def test_{_word(reproduction)}() -> None:",
        f"    hvcheck.replay({', '.join(_arguments(reproduction, folder))})",
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _imports(imported: Any, folder: Path) -> list[str]:
    if imported is None:
        return ["from pathlib import Path", "", "import hvcheck", "", "HERE = Path(__file__).parent"]
    module, name = imported.__module__, imported.__qualname__
    lines = ["import sys", "from pathlib import Path", "", "import hvcheck", "", "HERE = Path(__file__).parent"]
    if "." in name or module == "__main__":
        where = f"{module}.{name}"
        return [*lines, f"from ... import {name}  # {where} cannot be imported by name: move it to a module of its own"]
    source = inspect.getsourcefile(imported)
    if source is not None:
        root = Path(source).parents[module.count(".")]
        lines.append(f"sys.path.insert(0, str(HERE / {_relative(root, folder)!r}))")
    return [*lines, "", f"from {module} import {name}  # noqa: E402"]


def _moves(reproduction: Reproduction) -> str:
    layout = reproduction.prepared.layout
    trace = run(layout, steps_of(reproduction.moves))
    assert isinstance(trace, Trace)
    text, position = "", 0
    for move in reproduction.moves:
        if isinstance(move, Step):
            said = step_label(layout, move, trace.states[position])
            text += f"    {(move.action, *move.arguments)!r},  # {said}\n"
            position += 1
        else:
            text += f"    {move!r},\n"
    return text


def _arguments(reproduction: Reproduction, folder: Path) -> list[str]:
    prepared = reproduction.prepared
    setup, layout = prepared.setup, prepared.layout
    own = Path(setup.spec).is_file()
    arguments = [f"HERE / {_relative(Path(setup.spec), folder)!r}" if own else repr(setup.spec), "MOVES"]
    if setup.scenario:
        arguments.append(f"scenario={setup.scenario!r}")
    if any(scope.name == layout.scope.name for scope in prepared.spec.scopes):
        arguments.append(f"scope={layout.scope.name!r}")
    if setup.settings:
        arguments.append(f"parameters={dict(setup.settings)!r}")
    if setup.tool is not None:
        arguments.append(f"adapter={setup.tool.__qualname__}")
    elif setup.driver != "plain":
        arguments.append(
            f"driver={setup.driver!r}" if isinstance(setup.driver, str) else f"driver={setup.driver.__name__}"
        )
    return arguments


def _relative(file: Path, folder: Path) -> str:
    return Path(path.relpath(file.resolve(), folder.resolve())).as_posix()


def _word(reproduction: Reproduction) -> str:
    prepared = reproduction.prepared
    scope = prepared.layout.scope.name
    parts = (prepared.spec.name, prepared.setup.scenario or "", scope, prepared.setup.tested)
    return "_".join(filter(None, (_UNFIT.sub("_", part.lower()).strip("_") for part in parts)))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")
