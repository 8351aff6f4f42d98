"""Compiled searches with a fault in them: the comparison with the reference search must find each out."""

# ruff: noqa: ARG005 - a mutant stands in for a function and takes what that takes

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import wasmtime
from hypothesis import HealthCheck, Phase, given, settings

from generators.systems import Drawn, systems
from hvcheck.engine import Budget
from hvcheck.explicit.codegen import OutsideError
from hvcheck.explicit.compiled import actions, kernel, module, packing, term, terms, update, wat

from .small import NONE, THREE
from .test_compiled import same, woken
from .test_compiled_limits import grid

Broken = Callable[[pytest.MonkeyPatch], None]


def replacing(patch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Change the text of the kernel."""
    whole = kernel.filled

    def changed(name: str, **values: object) -> str:
        text = whole(name, **values)
        assert name != "kernel.wat" or old in text
        return text.replace(old, new)

    patch.setattr(kernel, "filled", changed)


def colliding(patch: pytest.MonkeyPatch) -> None:
    """All states have one hash: the search must still be exact."""
    patch.setattr(kernel, "_hash", lambda memory, words, at: "(local.set $h (i64.const 7))")


def taking_equal_hashes_for_equal_states(patch: pytest.MonkeyPatch) -> None:
    colliding(patch)
    patch.setattr(kernel, "_is_same", lambda words: "(i32.const 1)")


def comparing_half_a_state(patch: pytest.MonkeyPatch) -> None:
    colliding(patch)
    whole = kernel._is_same
    patch.setattr(kernel, "_is_same", lambda words: whole(words).replace("(i64.eqz ", "(i64.le_s (i64.const 0) "))


def giving_up_after_one_probe(patch: pytest.MonkeyPatch) -> None:
    colliding(patch)
    replacing(patch, "(br $probe)))\n        (local.set $at", "(br $known)))\n        (local.set $at")


def forgetting_states_when_the_table_grows(patch: pytest.MonkeyPatch) -> None:
    replacing(patch, "(br_if $done (i32.ge_u (local.get $number) (global.get $states)))", "(br $done)")


def taking_steps_in_the_order_of_actions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(actions, "comes_first", lambda action: True)


def taking_protocol_steps_last(patch: pytest.MonkeyPatch) -> None:
    whole = actions.comes_first
    patch.setattr(actions, "comes_first", lambda action: not whole(action))


def a_call_for_many_words_that_is_wrong(patch: pytest.MonkeyPatch) -> None:
    colliding(patch)
    patch.setattr(kernel, "INLINE", 0)
    patch.setattr(kernel, "_same", lambda words: "(i32.const 1)")


def counting_nothing(patch: pytest.MonkeyPatch) -> None:
    replacing(patch, "(local.get $at)) (i64.const 1)))", "(local.get $at)) (i64.const 0)))")


def mixing_up_parents(patch: pytest.MonkeyPatch) -> None:
    replacing(patch, "(i32.const 2)) (local.get $parent))", "(i32.const 2)) (i32.const 0))")


def not_looking_at_the_first_state(patch: pytest.MonkeyPatch) -> None:
    replacing(patch, "  (call $arrived (i32.const 0)))", ")")


def a_mask_too_narrow(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(packing.Field, "mask", property(lambda self: ((1 << self.width) - 1) >> 1 << self.shift))


def fields_that_overlap(patch: pytest.MonkeyPatch) -> None:
    whole = packing.Packing._widths.func  # type: ignore[attr-defined]
    patch.setattr(packing.Packing, "_widths", property(lambda self: [max(0, width - 1) for width in whole(self)]))


def dropping_a_guard(patch: pytest.MonkeyPatch) -> None:
    whole = actions.conjuncts
    patch.setattr(actions, "conjuncts", lambda expression: whole(expression)[1:])


def losing_a_write(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(update.Update, "put_if", lambda self, cell, code, condition: None)


def the_first_write_wins(patch: pytest.MonkeyPatch) -> None:
    def put(self: update.Update, cell: int, code: term.Term) -> None:
        where = self.packing.fields[cell]
        if self.spilled:
            self.put_anywhere(wat.number(cell), cell, code)
        elif where.width:
            self._waiting.setdefault(where.word, {}).setdefault(cell, code)

    patch.setattr(update.Update, "put", put)


def spilling_the_state_before(patch: pytest.MonkeyPatch) -> None:
    whole = update.Update.spill

    def spill(self: update.Update) -> None:
        self._waiting.clear()
        whole(self)

    patch.setattr(update.Update, "spill", spill)


def overlooking_breaches(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(actions.Expansion, "_broken", lambda *arguments: term.FALSE)


def joining_tests_of_different_words(patch: pytest.MonkeyPatch) -> None:
    whole = term._same_words

    def joined(parts: list[term.Term]) -> list[term.Term] | None:
        result = whole(parts)
        return result if result is None else result[:1]

    patch.setattr(term, "_same_words", joined)


def taking_all_for_some(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(terms, "both", terms.either)


def skipping_threads_that_move(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(actions, "_moving", lambda visits: "(i32.const 0)")


def shifting_codes_by_one(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(terms, "decoded", lambda code, type_: terms._shifted(code, 1, type_) if not code.constant else code)


def never_waiting(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(module, "_waiting", lambda *arguments: wat.function("$waiting", (), False, []))


def compare(unroll: int, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(systems())
    def compared(drawn: Drawn) -> None:
        same(drawn.system, drawn.scope, Budget(states=300), unroll=unroll)

    same(woken(), THREE)
    compared()


FAULTS: tuple[Any, ...] = (
    AssertionError, IndexError, KeyError, ValueError, StopIteration, RuntimeError, OutsideError, wasmtime.Trap
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize(
    "broken",
    [
        taking_equal_hashes_for_equal_states,
        comparing_half_a_state,
        giving_up_after_one_probe,
        taking_steps_in_the_order_of_actions,
        taking_protocol_steps_last,
        a_call_for_many_words_that_is_wrong,
        counting_nothing,
        mixing_up_parents,
        not_looking_at_the_first_state,
        a_mask_too_narrow,
        fields_that_overlap,
        dropping_a_guard,
        losing_a_write,
        the_first_write_wins,
        spilling_the_state_before,
        overlooking_breaches,
        joining_tests_of_different_words,
        taking_all_for_some,
        skipping_threads_that_move,
        shifting_codes_by_one,
        never_waiting,
    ],
)
def test_a_fault_is_found_out(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises(FAULTS):
        compare(unroll=8, examples=600)


def test_states_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    colliding(monkeypatch)
    compare(unroll=8, examples=40)


def test_many_words_are_compared_by_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    colliding(monkeypatch)
    monkeypatch.setattr(kernel, "INLINE", 0)
    compare(unroll=8, examples=40)


def test_growing_tables_that_forget_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetting_states_when_the_table_grows(monkeypatch)
    with pytest.raises(AssertionError):
        same(grid(199), NONE, Budget(states=25_000))
