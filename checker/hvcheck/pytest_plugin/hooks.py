"""What pytest calls. Nothing else of hvcheck is imported before an `.hvs` file is collected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .nodes import SpecFile

_NAMED_BY_USER = "hvcheck_named_by_user"
_SEEN = pytest.StashKey[list[Path]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hvcheck", "virtual-machine backup specs (.hvs)")
    group.addoption("--hvs", action="store_true", help="Collect every .hvs file below the folders that are collected.")
    parser.addini(
        "hvs_collect",
        "Which .hvs files are collected: named (the default: files and folders that the command line names),"
        " true (all), false (only files that the command line names).",
        default="named",
    )
    parser.addini("hvs_ignore", "Patterns of .hvs files, relative to the root folder, to leave alone.", "args", [])
    parser.addini("hvs_budget_seconds", "Give up an engine's job after so many seconds: the test fails.", default="")
    parser.addini("hvs_budget_states", "Give up a search after so many states: the test fails.", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hvs: a property of a backup spec, decided by hvcheck")
    config.stash[_SEEN] = []
    _rule(config)
    for name in ("hvs_budget_seconds", "hvs_budget_states"):
        _number(config, name)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    if file_path.suffix != ".hvs":
        return None
    if not _wanted(file_path, parent):
        parent.config.stash[_SEEN].append(file_path)
        return None
    from .nodes import SpecFile

    return SpecFile.from_parent(parent, path=file_path)


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Say what was passed over where nothing else was found: nobody should take that for a success."""
    passed_over = len(config.stash[_SEEN])
    if passed_over and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        files = f"{passed_over} .hvs file{'s' * (passed_over != 1)}"
        terminalreporter.write_line(f"hvcheck: {files} not collected; --hvs or `hvs_collect = true` collects them")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Workers of pytest-xdist are given the folders as if the user had named them; tell them whether that was so."""
    node.workerinput[_NAMED_BY_USER] = _named_by_user(node.config)


def _wanted(file: Path, parent: pytest.Collector) -> bool:
    config, session = parent.config, parent.session
    if session.isinitpath(file):
        return True
    if any(_matches(file, config.rootpath, pattern) for pattern in config.getini("hvs_ignore")):
        return False
    rule = _rule(config)
    return bool(config.getoption("hvs")) or rule == "true" or (rule == "named" and _named_by_user(config))


def _rule(config: pytest.Config) -> str:
    rule = str(config.getini("hvs_collect")).strip().lower()
    if rule not in ("named", "true", "false"):
        raise pytest.UsageError(f"hvs_collect is {rule!r}; expected named, true or false")
    return rule


def _named_by_user(config: pytest.Config) -> bool:
    workerinput: dict[str, Any] | None = getattr(config, "workerinput", None)
    if workerinput is not None:
        return bool(workerinput[_NAMED_BY_USER])
    return config.args_source is config.ArgsSource.ARGS


def _matches(file: Path, root: Path, pattern: str) -> bool:
    return file.is_relative_to(root) and file.relative_to(root).match(pattern)


def _number(config: pytest.Config, name: str) -> float | None:
    text = str(config.getini(name)).strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if number <= 0:
        raise pytest.UsageError(f"{name} is {text!r}; expected a number above 0")
    return number


def budgets(config: pytest.Config) -> tuple[float | None, int | None]:
    """The seconds and states after which an engine gives up, None for no limit."""
    states = _number(config, "hvs_budget_states")
    return _number(config, "hvs_budget_seconds"), None if states is None else int(states)
