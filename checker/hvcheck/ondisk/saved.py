"""Runs that were saved: by `hvcheck verify --out` (one run, or a spec's report) and by `hvcheck run --json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hvcheck.chart.itf import to_itf
from hvcheck.chart.naming import value_name
from hvcheck.plan.work import load_spec
from hvmodel.dataclass import dataclass
from hvmodel.semantics import Step
from hvmodel.state import Layout, values
from hvmodel.system import Action
from hvmodel.trace import Refusal, Trace
from hvmodel.trace import run as replayed
from hvspec.spec import Setting, Spec

from ..problem import ProblemError
from .problem import wrong

LARGEST = 200 * 2**20
"""Bytes beyond which a file is not read."""


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A run as saved. `spec` is the name of a shipped era or a path; empty fields were not saved.

    `steps` are actions with the names of their arguments' values. `loop`: the run goes on for ever from that state.
    `first` is the state that it starts from, as ITF has it; empty if only steps were saved.
    """

    file: str
    steps: tuple[tuple[str, Mapping[str, str]], ...]
    spec: str = ""
    scenario: str = ""
    scope: str = ""
    sizes: tuple[tuple[str, int], ...] = ()
    settings: tuple[tuple[str, Setting], ...] = ()
    budgets: tuple[tuple[str, int], ...] = ()
    property: str = ""
    loop: int | None = None
    first: Mapping[str, Any] = field(default_factory=dict)


def load_saved(path: Path, scenario: str = "", claim: str = "") -> SavedRun:
    """The run in a file; of a report with several, the one of this scenario and property. Raises ProblemError."""
    data = _read(path)
    reports = data["specs"] if isinstance(data.get("specs"), list) else [data]
    judged = [one for one in reports if isinstance(one, dict) and isinstance(one.get("cells"), list)]
    if judged:
        return _chosen(path, judged, scenario, claim)
    run = _run(path, data)
    return replace(run, scenario=scenario or run.scenario, property=claim or run.property)


def _read(path: Path) -> dict[str, Any]:
    place = str(path)
    try:
        if path.stat().st_size > LARGEST:
            raise wrong("unreadable", place, f"larger than {LARGEST:,} bytes")
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise wrong("unreadable", place, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise wrong("not a run", place, f"not JSON ({error})", _WANTED, fix=_FIX) from error
    if not isinstance(data, dict):
        raise wrong("not a run", place, "not a JSON object", _WANTED, fix=_FIX)
    return data


_WANTED = "a run saved by `hvcheck verify --out` or `hvcheck run --json`"
_FIX = "give a file that ends in .itf.json"


def _chosen(path: Path, reports: list[dict[str, Any]], scenario: str, claim: str) -> SavedRun:
    cells = [(report, cell) for report in reports for cell in report["cells"] if isinstance(cell, dict)]
    if all(cell.get("property") != claim for _, cell in cells):
        claim = next(filter(None, (_by_id(report, claim) for report in reports)), claim)
    asked = [
        (report, cell)
        for report, cell in cells
        if scenario in ("", cell.get("scenario")) and claim in ("", cell.get("property"))
    ]
    fitting = [(report, cell) for report, cell in asked if isinstance(cell.get("run"), dict)]
    if len(asked) == 1 and not fitting:
        raise _without_run(path, asked[0][1])
    if len(fitting) != 1:
        runs = [cell for _, cell in fitting or cells if isinstance(cell.get("run"), dict)]
        names = ", ".join(f"{cell.get('scenario') or '-'} {cell.get('property')}" for cell in runs)
        raise wrong(
            "choice", str(path), f"{len(fitting)} of its runs fit", "one", names or "none",
            "choose one with --scenario and --property" if names else "only what is VIOLATED or REACHED has a run",
        )  # fmt: skip
    return _of_cell(path, *fitting[0])


def _by_id(report: dict[str, Any], id_: str) -> str:
    """The property with an id (P1) of the spec that a report is of; "" if there is none."""
    spec, _ = load_spec(_spec_of(report)) if id_ and _spec_of(report) else (None, ())
    return property_named(spec, id_) if spec else ""


def property_named(spec: Spec, name: str) -> str:
    """The name of a property that is given by its name or by its id (P1); "" if the spec has none such."""
    return next((one.name for one in spec.properties if name and name in (one.name, one.id)), "")


def _spec_of(report: dict[str, Any]) -> str:
    return str(report.get("spec") or report.get("name") or "")


def _without_run(path: Path, cell: dict[str, Any]) -> ProblemError:
    """A verdict has no run unless something was violated or reached; what stops a proof is a state, and no run."""
    word = cell.get("verdict") or "not judged"
    what = f"{cell.get('property')} is {word} there, so there is no run"
    if word != "UNDETERMINED":
        return wrong("not a run", str(path), what, "a property that is VIOLATED")
    return wrong("not a run", str(path), f"{what}; {_NOT_INDUCTIVE}", fix=_SEARCH)


_NOT_INDUCTIVE = "a state at which a proof fails need not be one that any run comes to"
_SEARCH = "search for a run with `hvcheck verify --engine explicit --out DIR`"


def _of_cell(path: Path, report: dict[str, Any], cell: dict[str, Any]) -> SavedRun:
    jobs = [job for job in report.get("jobs", ()) if isinstance(job, dict)]
    job = next((job for job in jobs if (job.get("scenario") or "") == cell.get("scenario")), {})
    meta = {
        "spec": _spec_of(report),
        "scenario": cell.get("scenario"),
        "scope_name": cell.get("scope"),
        "property": cell.get("property"),
        "settings": job.get("settings"),
        "budgets": job.get("budgets"),
    }
    return _run(path, cell["run"], meta)


def _run(path: Path, data: dict[str, Any], known: Mapping[str, Any] = MappingProxyType({})) -> SavedRun:
    """`known` is what the file says elsewhere of the run."""
    place = str(path)
    try:
        meta = {**known, **dict(data.get("#meta") or {})}
        steps = data["steps"] if "steps" in data else [one["#meta"] for one in data["states"][1:]]
        return SavedRun(
            place,
            tuple((str(one["action"]), {str(k): str(v) for k, v in one["arguments"].items()}) for one in steps),
            str(meta.get("spec") or ""),
            str(meta.get("scenario") or ""),
            str(meta.get("scope_name") or ""),
            tuple((str(sort), int(size)) for sort, size in dict(meta.get("scope") or {}).items()),
            tuple((str(name), value) for name, value in dict(meta.get("settings") or {}).items()),
            tuple((str(name), int(value)) for name, value in dict(meta.get("budgets") or {}).items()),
            str(meta.get("property") or ""),
            int(data["loop"]) if data.get("loop") is not None else None,
            _first(data),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        detail = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise wrong("not a run", place, f"no states with their steps ({detail})", _WANTED, fix=_FIX) from error


def _first(data: dict[str, Any]) -> Mapping[str, Any]:
    states = data.get("states")
    first = dict(states[0]) if states else {}
    return {str(name): value for name, value in first.items() if name != "#meta"}


def steps_of(run: SavedRun, layout: Layout) -> tuple[Step, ...]:
    """The steps by the spec's own values. Raises ProblemError for one that the spec does not have."""
    return tuple(_step(run, layout, number, *one) for number, one in enumerate(run.steps, 1))


def _step(run: SavedRun, layout: Layout, number: int, name: str, given: Mapping[str, str]) -> Step:
    place = f"{run.file}, step {number}"
    action = layout.system.action.get(name)
    if action is None:
        raise wrong("step", place, f"the spec has no action {name!r} here", fix=_changed(run))
    if len(given) != len(action.parameters):
        raise wrong(
            "step", place, f"{name} has other arguments", str(len(action.parameters)), str(len(given)), _changed(run)
        )
    return Step(name, tuple(_value(run, place, layout, action, at, text) for at, text in enumerate(given.values())))


def _changed(run: SavedRun) -> str:
    origin = " ".join(filter(None, (run.spec, run.scenario)))
    return "give the spec, scenario and settings that it was saved from" + (f" ({origin})" if origin else "")


def _value(run: SavedRun, place: str, layout: Layout, action: Action, position: int, written: str) -> Any:
    """By position: the compiler may have given a parameter another name."""
    parameter = action.parameters[position]
    known = {value_name(layout.system, value, parameter.type): value for value in values(parameter.type, layout.scope)}
    if written not in known:
        raise wrong(
            "step", place, f"argument {position + 1} is no {parameter.type}", ", ".join(known), written, _changed(run)
        )
    return known[written]


def require_run(run: SavedRun, layout: Layout, steps: tuple[Step, ...]) -> Trace:
    """The run by the reference semantics. Raises ProblemError, naming the first step that cannot be taken.

    A run that starts anywhere but at the spec's start is refused, too: it shows nothing.
    """
    if elsewhere := _elsewhere(run, layout):
        what = f"it does not start where the spec does ({elsewhere})"
        raise wrong("not a run", run.file, f"{what}; {_changed(run)}; {_NOT_INDUCTIVE}", fix=_SEARCH)
    found = replayed(layout, steps, run.loop)
    if isinstance(found, Refusal):
        number = min(found.position + 1, len(steps))
        raise wrong("step", f"{run.file}, step {number}", found.reason, fix=_changed(run))
    return found


def _elsewhere(run: SavedRun, layout: Layout) -> str:
    """The first function of the saved run's first state that is not as it is at the spec's start; "" if none."""
    start = _first(to_itf(layout, Trace((layout.initial,), ())))
    return next((name for name, value in start.items() if name in run.first and run.first[name] != value), "")
