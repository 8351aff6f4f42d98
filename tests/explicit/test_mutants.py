"""Engines with a fault in them: the comparison with the enumerator must find each out."""

# ruff: noqa: ARG005 - a mutant stands in for a function and takes what that takes

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from generators.systems import Drawn, systems
from hvcheck.explicit import codegen, codes, deadlock, engine, liveness, search, terms
from hvcheck.verdict import EvidenceError

from .test_against_brute import CALM, agree
from .test_runs import check_minimal, graph_of, violated

Broken = Callable[[pytest.MonkeyPatch], None]


def losing_a_write(patch: pytest.MonkeyPatch) -> None:
    whole = codegen.Program._write
    patch.setattr(codegen.Program, "_write", lambda *arguments: whole(*arguments)[:-1] or ["pass"])


def taking_guards_for_true(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(codegen, "conjuncts", lambda expression: [])


def taking_the_first_conjunct_only(patch: pytest.MonkeyPatch) -> None:
    whole = codegen.conjuncts
    patch.setattr(codegen, "conjuncts", lambda expression: whole(expression)[:1])


def shifting_codes_by_one(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(terms, "decoded", lambda code, type_: terms._shifted(code, 1, type_) if not code.constant else code)


def writing_after_reading_the_state_after(patch: pytest.MonkeyPatch) -> None:
    whole = codegen.Program._write
    patch.setattr(
        codegen.Program, "_write", lambda *arguments: [line.replace("s[", "b[") for line in whole(*arguments)]
    )


def taking_all_for_some(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(terms, "both", terms.either)


def ignoring_fairness(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(liveness, "instance", lambda system, label: None)


def one_fairness_for_all(patch: pytest.MonkeyPatch) -> None:
    whole = liveness.instance
    patch.setattr(liveness, "instance", lambda system, label: whole(system, label) and ("all",))


def forgetting_that_time_goes_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deadlock.Halts, "for_ever", lambda self, key: True)


def never_stuck(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deadlock.Halts, "for_ever", lambda self, key: False)


def overlooking_breaches(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(codegen.Program, "_broken", lambda *arguments: terms.FALSE)


def holding_without_a_witness(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(engine, "witnesses", lambda claim: () if claim.claim == "cover" else (terms_true(),))


def terms_true() -> Any:
    from hvmodel.expression import TRUE

    return TRUE


def looking_late_at_states(patch: pytest.MonkeyPatch) -> None:
    whole = search.Search._arrived
    patch.setattr(search.Search, "_arrived", lambda self, number: whole(self, number) if number else None)


def mixing_up_arguments(patch: pytest.MonkeyPatch) -> None:
    whole = codegen.Program.step
    patch.setattr(codegen.Program, "step", lambda self, label: whole(self, (label[0], *label[:0:-1])))


def decoding_the_next_value(patch: pytest.MonkeyPatch) -> None:
    whole = codes.Codec.decode
    patch.setattr(codes.Codec, "decode", lambda self, key: whole(self, key[1:] + key[:1]))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize(
    "broken",
    [
        losing_a_write,
        taking_guards_for_true,
        taking_the_first_conjunct_only,
        shifting_codes_by_one,
        writing_after_reading_the_state_after,
        taking_all_for_some,
        ignoring_fairness,
        one_fairness_for_all,
        forgetting_that_time_goes_on,
        never_stuck,
        overlooking_breaches,
        holding_without_a_witness,
        looking_late_at_states,
        mixing_up_arguments,
        decoding_the_next_value,
    ],
)
def test_a_fault_is_found_out(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(CALM, max_examples=600, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    @given(systems())
    def compare(drawn: Drawn) -> None:
        agree(drawn, unroll=8, reference=True)

    broken(monkeypatch)
    with pytest.raises((AssertionError, EvidenceError, IndexError, ValueError, KeyError)):
        compare()


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_a_loop_with_a_step_too_many_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness.Lasso, "shortened", lambda self, labels, loop: (labels, loop))

    @settings(CALM, max_examples=600, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    @given(systems())
    def compare(drawn: Drawn) -> None:
        check_minimal(drawn.system, graph_of(drawn).layout, violated(drawn.system, drawn.scope))

    with pytest.raises(AssertionError):
        compare()
