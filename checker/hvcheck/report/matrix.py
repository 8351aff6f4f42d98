"""The matrix of a spec: properties against scenarios and scopes; a list with all evidence if there is one column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from hvcheck.chart.canvas import Line, Part, fitted, plain
from hvcheck.plan.job import JobResult
from hvcheck.plan.judge import Cell, Outcome
from hvcheck.plan.verify import SpecReport, never_taken
from hvcheck.verdict import Coverage, Holds, Undetermined, Unreachable
from hvmodel.dataclass import dataclass

from .evidence import evidence, limit_words, seconds_words, some_names

MARKS: Mapping[Outcome, tuple[str, str, Part]] = MappingProxyType(
    {
        "expected": ("✓", "ok", "good"),
        "difference": ("✗", "NO", "bad"),
        "undetermined": ("?", "??", "unsure"),
        "error": ("!", "!!", "bad"),
        "not judged": ("-", "-", "quiet"),
    }
)
"""For each outcome its mark, its mark in ASCII, and its colour."""

_LEGEND = "as expected, ✗ differs from what the spec expects, ? undetermined, ! error, - nothing to judge"


@dataclass(frozen=True, slots=True)
class _Column:
    scenario: str
    scope: str
    cells: Mapping[str, Cell]
    results: tuple[JobResult, ...]

    @property
    def name(self) -> str:
        return self.scenario or "(no scenario)"

    @property
    def setting(self) -> str:
        """The scope with its sizes, and what may happen how often there."""
        sizes = next((f" ({result.sizes})" for result in self.results if result.sizes), "")
        limits = next((limit_words(result.budgets) for result in self.results), "")
        return "; ".join(filter(None, (f"scope {self.scope}{sizes}", limits)))


def matrix_lines(report: SpecReport, width: int, *, ascii_only: bool = False) -> list[Line]:
    """The whole matrix of one spec in at most `width` columns where that is possible."""
    spec = report.spec
    lines = [plain(f"{spec.name}  {spec.title}", "head")]
    columns = _columns(report)
    names = _rows(report)
    if not columns or not names:
        return [*lines, plain("  nothing was judged", "unsure")]
    if len(columns) == 1:
        lines += _detailed(columns[0], names, spec_ids(report), ascii_only)
    else:
        for block in _blocks(columns, names, width):
            lines += [*_block(block, names, spec_ids(report), ascii_only, len({c.scope for c in columns}) > 1), Line()]
        mark = MARKS["expected"][ascii_only]
        legend = _ascii_legend() if ascii_only else f"{mark} {_LEGEND}"
        lines.append(plain(f"  {legend}; numbers are steps of the run", "quiet"))
        lines += _settings(columns)
    return [part for line in [*lines, *_remarks(report, ascii_only)] for part in fitted(line, width)]


def spec_ids(report: SpecReport) -> Mapping[str, str]:
    """Each property's id in the document's table, where it has one."""
    return {claim.name: claim.id for claim in report.spec.properties if claim.id}


def _ascii_legend() -> str:
    return ", ".join(f"{mark[1]} {outcome}" for outcome, mark in MARKS.items())


def _columns(report: SpecReport) -> list[_Column]:
    keys = dict.fromkeys((cell.scenario, cell.scope) for cell in report.cells)
    return [
        _Column(
            scenario,
            scope,
            {cell.claim.name: cell for cell in report.cells if (cell.scenario, cell.scope) == (scenario, scope)},
            tuple(one for one in report.results if (one.job.scenario or "", one.scope) == (scenario, scope)),
        )
        for scenario, scope in keys
    ]


def _rows(report: SpecReport) -> tuple[str, ...]:
    """Properties in the order of the spec, then those the compiler adds."""
    there = dict.fromkeys(cell.claim.name for cell in report.cells)
    listed = [claim.name for claim in report.spec.properties if claim.name in there]
    return tuple(dict.fromkeys([*listed, *there]))


def _detailed(column: _Column, names: Sequence[str], ids: Mapping[str, str], ascii_only: bool) -> Iterator[Line]:
    yield plain(f"  {column.name}: {column.setting}", "quiet")
    shown = [(_titled(name, ids), column.cells[name]) for name in names if name in column.cells]
    first = max(len(title) for title, _ in shown)
    words = max(len(_word(cell)) for _, cell in shown)
    for title, cell in shown:
        mark = MARKS[cell.outcome]
        line = plain(f"  {mark[ascii_only]:2} ", mark[2]).append(f"{title:{first}}  ", "label")
        line.append(f"{_word(cell):{words}}  ", mark[2])
        if cell.verdict is None or cell.outcome == "not judged":
            yield line.append(cell.note, "quiet")
        else:
            yield line.append(f"{evidence(cell.verdict)}, {seconds_words(cell.verdict.seconds)}", "quiet")


def _blocks(columns: Sequence[_Column], names: Sequence[str], width: int) -> Iterator[Sequence[_Column]]:
    """As many columns side by side as fit."""
    room = width - max(map(len, names)) - 10
    block: list[_Column] = []
    for column in columns:
        if block and sum(map(_width, block)) + _width(column) > room:
            yield block
            block = []
        block.append(column)
    yield block


def _head(column: _Column) -> list[str]:
    """A scenario's name in short lines, broken where its words meet."""
    lines: list[str] = []
    for word in column.name.split("_"):
        joined = f"{lines[-1]}_{word}" if lines else word
        if lines and len(joined) <= 11:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _width(column: _Column) -> int:
    return max([10, *map(len, _head(column)), *(len(_word(cell)) + 3 for cell in column.cells.values())]) + 2


def _block(
    columns: Sequence[_Column], names: Sequence[str], ids: Mapping[str, str], ascii_only: bool, scopes: bool
) -> Iterator[Line]:
    first = max(len(_titled(name, ids)) for name in names) + 2
    heads = [_head(column) + ([f"({column.scope})"] if scopes else []) for column in columns]
    for i in range(max(map(len, heads))):
        line = plain(" " * (first + 2), "blank")
        for column, head in zip(columns, heads, strict=True):
            line.append(f"{head[i] if i < len(head) else '':{_width(column)}}", "head")
        yield line
    for name in names:
        line = plain(f"  {_titled(name, ids):{first}}", "label")
        for column in columns:
            _put_cell(line, column.cells.get(name), _width(column), ascii_only)
        yield line
    for title, values in (("states", _states), ("depth", _depth), ("time", _time)):
        line = plain(f"  {title:{first}}", "quiet")
        for column in columns:
            line.append(f"{values(column):{_width(column)}}", "quiet")
        yield line


def _put_cell(line: Line, cell: Cell | None, width: int, ascii_only: bool) -> None:
    if cell is None or cell.verdict is None or cell.outcome == "not judged":
        line.append(f"{'-':{width}}", "quiet")
        return
    mark = MARKS[cell.outcome]
    line.append(f"{f'{mark[ascii_only]} {_word(cell)}':{width}}", mark[2])


def _word(cell: Cell) -> str:
    """The verdict; for runs with their length, in capitals if it is not as expected."""
    if cell.verdict is None or cell.outcome == "not judged":
        return "-"
    word = cell.verdict.word if cell.outcome in ("difference", "error") else cell.verdict.word.lower()
    run = getattr(cell.verdict, "run", None)
    word = "unclear" if word == "undetermined" else word
    return f"{word} {len(run.trace.steps)}" if run is not None else word


def _titled(name: str, ids: Mapping[str, str]) -> str:
    return f"{ids[name]} {name}" if name in ids else name


def _states(column: _Column) -> str:
    return f"{max(found):,}" if (found := [coverage.states for coverage in _coverages(column)]) else ""


def _depth(column: _Column) -> str:
    return str(max(found)) if (found := [coverage.depth for coverage in _coverages(column)]) else ""


def _coverages(column: _Column) -> list[Coverage]:
    searched = [cell.verdict for cell in column.cells.values()]
    found = [one.coverage for one in searched if isinstance(one, Holds | Unreachable | Undetermined)]
    return [coverage for coverage in found if coverage is not None]


def _time(column: _Column) -> str:
    return seconds_words(sum(result.seconds for result in column.results))


def _remarks(report: SpecReport, ascii_only: bool) -> Iterator[Line]:
    """Everything that is not as expected, with its reason and what to do about it; one entry for one reason."""
    for failure in report.failures:
        yield plain(f"  {MARKS['error'][ascii_only]} {failure}", "bad")
    for outcome in ("error", "difference", "undetermined"):
        reasons: dict[tuple[str, str], list[Cell]] = {}
        for cell in report.cells:
            if cell.outcome == outcome:
                reasons.setdefault(_reason(cell), []).append(cell)
        mark = MARKS[outcome]
        for (reason, hint), cells in reasons.items():
            yield plain(f"  {mark[ascii_only]} {_places(cells)}", mark[2])
            yield from (plain(f"    {line}", "quiet") for line in [*reason.splitlines(), *hint.splitlines()])
    if unreached := never_taken(report):
        yield plain(f"  never taken in any scenario: {some_names(unreached)}", "unsure")


def _reason(cell: Cell) -> tuple[str, str]:
    if isinstance(cell.verdict, Undetermined):
        return cell.verdict.reason, cell.verdict.hint
    word = cell.verdict.word if cell.verdict else ""
    return (cell.note if cell.outcome == "error" else f"{word}, {cell.note}"), ""


def _places(cells: Sequence[Cell]) -> str:
    """Which properties in which scenarios, as short as it is exact."""
    scenarios: dict[str, list[str]] = {}
    for cell in cells:
        where = f"{cell.scenario} ({cell.scope})" if cell.scenario else cell.scope
        scenarios.setdefault(where, []).append(cell.claim.name)
    alike: dict[tuple[str, ...], list[str]] = {}
    for where, names in scenarios.items():
        alike.setdefault(tuple(names), []).append(where)
    return "; ".join(f"{', '.join(names)} in {', '.join(places)}" for names, places in alike.items())


def _settings(columns: Sequence[_Column]) -> Iterator[Line]:
    """Sizes and limits behind the columns; columns that share them share a line."""
    alike: dict[str, list[str]] = {}
    for column in columns:
        alike.setdefault(column.setting, []).append(column.name)
    yield from (plain(f"  {setting}: {', '.join(dict.fromkeys(names))}", "quiet") for setting, names in alike.items())
