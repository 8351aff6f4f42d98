"""What is wrong with an adapter is said when the test is defined, at its line, with what was probably meant."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import hvcheck
from hvcheck.adapter.problem import AdapterError

from .toy import SPEC, ToyAdapter


def problems_of(tool: type[hvcheck.Adapter]) -> list[str]:
    with pytest.raises(AdapterError) as caught:
        hvcheck.state_machine(SPEC, adapter=tool)
    return str(caught.value).splitlines()


def text_of(tool: type[hvcheck.Adapter]) -> str:
    return "\n".join(problems_of(tool))


class Misspelt(ToyAdapter):
    @hvcheck.on("Database.OnFreze")
    def freeze_it(self) -> None: ...

    @hvcheck.observe("Database.frozn")
    def is_frozen(self) -> bool:
        return False


def test_a_misspelt_name_is_shown_at_its_place() -> None:
    text = text_of(Misspelt)
    assert "error[AD01]: nothing in the spec that happens is called `Database.OnFreze`" in text
    assert "did you mean `Database.OnFreeze`?" in text
    assert '    @hvcheck.on("Database.OnFreeze")' in text
    assert "did you mean `Database.frozen`?" in text
    assert "2 errors" in text


class WantsTooMuch(ToyAdapter):
    @hvcheck.on("Write")
    def write(self, disk: int, x: int) -> None: ...  # type: ignore[override]


def test_a_value_that_is_not_given_is_named() -> None:
    assert "error[AD02]: `Write` has no value called `disk`" in text_of(WantsTooMuch)
    assert "expected d, x" in text_of(WantsTooMuch)


class LacksAnIndex(ToyAdapter):
    @hvcheck.observe("live")
    def live(self) -> int:  # type: ignore[override]
        return 0


def test_a_variable_with_an_index_needs_it() -> None:
    assert "error[AD03]: `live` cannot be shown by live" in text_of(LacksAnIndex)


class Twice(ToyAdapter):
    @hvcheck.on("Copy")
    def copy_again(self) -> None: ...


def test_one_method_for_each_name() -> None:
    assert "error[AD05]: copy_again and copy both do `Copy`" in text_of(Twice)


class Blind(hvcheck.Adapter):
    @hvcheck.on("Copy")
    def copy(self) -> None: ...


class Idle(hvcheck.Adapter):
    @hvcheck.observe("live")
    def live(self, disk: int) -> int:  # noqa: ARG002
        return 0


class Empty(hvcheck.Adapter):
    pass


def test_an_adapter_that_shows_or_does_nothing_is_refused() -> None:
    assert "error[AD04]: Blind shows nothing" in text_of(Blind)
    assert "error[AD04]: Idle does nothing" in text_of(Idle)
    assert "2 errors" in text_of(Empty)


class Asynchronous(ToyAdapter):
    @hvcheck.on("Copy")
    async def copy(self, d: int) -> None:  # type: ignore[override]
        """Would never be awaited, and so do nothing."""


class Generates(ToyAdapter):
    @hvcheck.on("Copy")
    async def copy(self, d: int) -> AsyncIterator[None]:  # type: ignore[override]  # noqa: ARG002
        yield


class NeedsArguments(ToyAdapter):
    def __init__(self, address: str) -> None: ...


def test_what_can_never_work_is_refused() -> None:
    assert "error[AD06]: copy is not a plain method" in text_of(Asynchronous)
    assert "error[AD06]: copy is not a plain method" in text_of(Generates)
    assert "error[AD06]: NeedsArguments cannot be made without arguments" in text_of(NeedsArguments)


class Strict(ToyAdapter):
    unimplemented = "refuse"


class StrictButOne(ToyAdapter):
    unimplemented = "refuse"
    left_out = ("Requester.*",)


class StrictAndWrong(ToyAdapter):
    unimplemented = "refuse"
    left_out = ("Requster.*",)


class Partial(hvcheck.Adapter):
    unimplemented = "refuse"
    left_out = ("Requester.BackUp",)

    @hvcheck.on("Database.OnFreeze", "Database.OnThaw")
    def toggle(self) -> None: ...

    @hvcheck.observe("Database.frozen")
    def frozen(self) -> bool:
        return False


def test_what_is_not_implemented_is_refused_by_choice() -> None:
    assert "error[AD07]: Strict has no method for `Requester.BackUp`, and refuses to ignore it" in text_of(Strict)
    hvcheck.state_machine(SPEC, adapter=StrictButOne)
    assert "nothing in the spec that happens is called `Requster.*`" in text_of(StrictAndWrong)
    refused = [line for line in problems_of(Partial) if "AD07" in line]
    assert [line.split("`")[1] for line in refused] == ["TakeSnapshot", "Copy", "DeleteSnapshot", "Write"]


def test_other_mistakes_are_told_when_the_machine_is_defined(tmp_path: Path) -> None:
    with pytest.raises(hvcheck.UsageError, match="two_disks has no scope big; it has: small"):
        hvcheck.state_machine(SPEC, "big", adapter=ToyAdapter)
    with pytest.raises(hvcheck.UsageError, match="has no scenario worst"):
        hvcheck.state_machine(SPEC, scenario="worst", adapter=ToyAdapter)
    with pytest.raises(TypeError, match=r"a subclass of hvcheck\.Adapter is needed"):
        hvcheck.state_machine(SPEC, adapter=int)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no profile is called 'weekly'"):
        hvcheck.state_machine(SPEC, adapter=ToyAdapter, profile="weekly")
    with pytest.raises(TypeError, match="no driver is called 'vhd'"):
        hvcheck.state_machine(SPEC, driver="vhd")
    with pytest.raises(TypeError, match="a name is needed"):
        hvcheck.on()
    broken = tmp_path / "broken.hvs"
    broken.write_text("era broken\nactor A\nprotocol P by A { -> A: Nope }\n", encoding="utf-8")
    with pytest.raises(hvcheck.InvalidSpecError, match="A has no handler for `Nope`"):
        hvcheck.state_machine(broken, adapter=ToyAdapter)


def test_importing_the_package_imports_none_of_its_parts() -> None:
    heavy = ("hypothesis", "z3", "lark", "pytest", "rich", "numpy", "hvmodel", "hvspec")
    code = f"import sys, hvcheck; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": _paths()}
    )
    assert done.stdout.strip() == "[]"


def _paths() -> str:
    return os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path)


def test_every_public_name_is_there() -> None:
    for name in hvcheck.__all__:
        assert getattr(hvcheck, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'adapter_of'"):
        _ = hvcheck.adapter_of
