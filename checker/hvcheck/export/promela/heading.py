"""The head of a Promela file: where it comes from, how to run it, what it checks and what it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from hvmodel.state import Layout
from hvmodel.system import Property

from ..claims import Claims
from ..origin import Origin

_DEFAULT_VECTOR = 1024


def lines(
    layout: Layout,
    origin: Origin,
    claims: Claims,
    named: Mapping[str, str],
    left_out: Sequence[str],
    processes: int,
    size: int,
) -> Iterator[str]:
    """`named` gives the macro that switches each check on; `size` is how many bytes a state may take."""
    yield "/*"
    yield from _comment(origin.heading)
    yield from _comment(f"In scope {layout.scope.name}: {layout.scope}. Made by `hvcheck export --promela`.")
    yield " *"
    vector = "" if size <= _DEFAULT_VECTOR else f" -DVECTORSZ={-(-size // 1024) * 1024}"
    yield from _comment("Count the states (Spin's transitions are one more than hvcheck's, the initial state):")
    yield " *   spin -o3 -a FILE"
    yield f" *   gcc -O2 -DSAFETY -DNOREDUCE{vector} -o pan pan.c && ./pan -m1000000"
    if claims.sought:
        yield from _comment("Check one property, in the same way with `spin -o3 -a -DCHECK_... FILE`:")
        for sought in claims.sought:
            found = "an error reaches it" if sought.claim.claim == "cover" else sought.claim.claim
            yield from _property(named, sought.claim, found)
    if claims.ended:
        yield from _comment("Look for a state in which nothing can happen any more:")
        for claim in claims.ended:
            yield from _property(named, claim, "an invalid end state breaks it")
    if claims.answers:
        fair = max(2, -(-(processes + 3) // 8))
        yield from _comment("What must follow, with weak fairness:")
        yield " *   spin -o3 -a -DCHECK_... FILE"
        yield f" *   gcc -O2 -DNOREDUCE -DNFAIR={fair}{vector} -o pan pan.c && ./pan -a -f -m1000000"
        for answer in claims.answers:
            yield from _property(named, answer.claim, answer.claim.claim)
    if left_out:
        yield from _comment("Not said in full here:")
        for sentence in left_out:
            yield from _comment(sentence, "  ")
    yield " */"


def conditions(claims: Claims, named: Mapping[str, str]) -> Iterator[str]:
    """Macros that follow from which check is on."""
    if claims.ended:
        yield f"#if {' || '.join(f'defined({named[claim.name]})' for claim in claims.ended)}"
        yield "#define REST"
        yield "#else"
        yield "#define REST end:"
        yield "#endif"
    else:
        yield "#define REST end:"
    if claims.answers:
        yield f"#if {' || '.join(f'defined({named[answer.claim.name]})' for answer in claims.answers)}"
        yield "#define LEADS_TO"
        yield "#endif"
    yield ""


def _property(named: Mapping[str, str], claim: Property, how: str) -> Iterator[str]:
    title = f": {claim.title}" if claim.title else ""
    yield from _comment(f"-D{named[claim.name]}  ({how}){title}", "  ")


def _comment(text: str, indent: str = "") -> Iterator[str]:
    """Lines of the comment, without what would end it."""
    for position, line in enumerate(wrap(text.replace("*/", "* /"), 110 - len(indent))):
        yield f" * {indent}{'  ' if position else ''}{line}"
