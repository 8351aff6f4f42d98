"""Properties in Promela: options of World that fail where a sought state is, and never claims for what must follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hvmodel.expression import Apply, Expression, negation
from hvmodel.system import System

from ..claims import Claims
from ..ground import Ground
from ..names import Names
from .terms import OR, Terms


def checks(system: System, names: Names) -> dict[str, str]:
    """The macro that switches on the check of each property."""
    return {claim.name: names.fresh(f"CHECK {claim.name}") for claim in system.properties}


def monitors(claims: Claims, named: Mapping[str, str], ground: Ground, terms: Terms) -> list[str]:
    """Options of a loop. They are enabled only where there is something to tell, so they add no states."""
    lines: list[str] = []
    for sought in claims.sought:
        lines.append(f"#ifdef {named[sought.claim.name]}")
        lines += [f"\t:: d_step {{ {part} -> assert(false) }}" for part in _parts(sought.state, ground, terms)]
        lines.append("#endif")
    for claim in claims.ended:
        over = terms.condition(ground.expression(claim.expression))
        lines += [f"#ifdef {named[claim.name]}", f"\t:: d_step {{ {over} -> skip }}", "#endif"]
    return lines


def _parts(state: Expression, ground: Ground, terms: Terms) -> Iterator[str]:
    """One option for each alternative, so that none is too long."""
    written = ground.expression(state)
    alternatives = written.arguments if isinstance(written, Apply) and written.operation == "or" else (written,)
    for one in alternatives:
        yield terms.term(one).text


def never_claims(claims: Claims, named: Mapping[str, str], ground: Ground, terms: Terms) -> Iterator[str]:
    """Runs in which an answer never comes after a trigger, as the automaton that accepts them."""
    for answer in claims.answers:
        missing = negation(ground.expression(answer.answer))
        start = terms.term(ground.expression(answer.trigger)).within(OR - 1)
        absent = terms.term(missing).text
        yield f"#ifdef {named[answer.claim.name]}"
        yield "/* not ltl { [] (trigger -> <> answer) } */"
        yield "never {"
        yield "before:"
        yield "\tdo"
        yield f"\t:: {start} && ({absent}) -> goto accept_unanswered"
        yield "\t:: true"
        yield "\tod;"
        yield "accept_unanswered:"
        yield "\tdo"
        yield f"\t:: {absent}"
        yield "\tod"
        yield "}"
        yield "#endif"
