"""Channels: how many messages may be in flight between two actors that the spec has."""

from __future__ import annotations

from collections.abc import Iterator

from . import syntax as s
from .diagnostic import Diagnostic
from .problem import suggestion
from .program import Program
from .size import MAX_IN_FLIGHT


def check_channel(program: Program, channel: s.ChannelDecl) -> Iterator[Diagnostic]:
    """What is wrong with the declaration of a channel."""
    for end in (channel.sender, channel.receiver):
        if end.text not in program.actors:
            fix = suggestion(end, program.actors)
            yield Diagnostic("HV102", f"no actor is called `{end}`", end.span, fix=fix)
    if not 1 <= channel.limit <= MAX_IN_FLIGHT:
        yield Diagnostic(
            "HV327",
            "so many messages cannot be in flight",
            channel.span,
            expected=f"1..{MAX_IN_FLIGHT}",
            found=str(channel.limit),
        )
