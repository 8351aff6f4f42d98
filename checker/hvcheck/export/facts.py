"""What a condition says about options, so that what is known to be there is not asked for again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hvmodel.expression import Apply, Expression, Literal, negation


def present_in(condition: Expression) -> Iterator[Expression]:
    """The options that are not `none` where the condition holds."""
    match condition:
        case Apply("and", parts):
            for part in parts:
                yield from present_in(part)
        case Apply("not", (Apply("==", (option, Literal(None))),)):
            yield option


def assumed(operation: str, arguments: Sequence[Expression]) -> list[tuple[Expression, ...]]:
    """What may be taken to hold in each operand: elsewhere its value does not matter."""
    if operation == "if":
        return [(), (arguments[0],), (negation(arguments[0]),)]
    if operation in ("and", "implies"):
        return [tuple(arguments[:i]) for i in range(len(arguments))]
    return [()] * len(arguments)
