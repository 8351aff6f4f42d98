"""WebAssembly text: the forms that the generated code is made of. Folded expressions, i32 unless the name says i64."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .packing import Field

_WORD = re.compile(r"\$w(\d+)\b")
_LOCAL = re.compile(r"\(local\.(?:set|tee) (\$[a-z]\d+)\b")


def number(value: int) -> str:
    return f"(i32.const {int(value)})"


def long(value: int) -> str:
    return f"(i64.const {value})"


def apply(operation: str, *operands: str) -> str:
    return f"({operation} {' '.join(operands)})"


def word(position: int) -> str:
    """A word of the state; `function` loads it."""
    return f"(local.get $w{position})"


def extracted(field: Field) -> str:
    """The code in a field of the state."""
    shifted = apply("i64.shr_u", word(field.word), long(field.shift)) if field.shift else word(field.word)
    return apply("i32.and", apply("i32.wrap_i64", shifted), number((1 << field.width) - 1))


def tested(position: int, mask: int, bits: int) -> str:
    """Whether some bits of a word are as given."""
    masked = apply("i64.and", word(position), long(mask))
    return apply("i64.ne", masked, long(0)) if bits == mask and mask & (mask - 1) == 0 else apply(
        "i64.eq", masked, long(bits)
    )  # fmt: skip


def when(condition: str, body: Iterable[str]) -> list[str]:
    return [f"(if {condition} (then", *body, "))"]


def either_way(condition: str, body: Iterable[str], otherwise: Iterable[str]) -> list[str]:
    return [f"(if {condition} (then", *body, ") (else", *otherwise, "))"]


def set_local(name: str, value: str) -> str:
    return f"(local.set {name} {value})"


def get(name: str) -> str:
    return f"(local.get {name})"


def loop(name: str, size: int, body: Iterable[str]) -> list[str]:
    """Run a body for the numbers below a size, in a local."""
    again = apply("br_if", f"$next{name[1:]}", apply("i32.lt_u", f"(local.tee {name} {_next(name)})", number(size)))
    return [set_local(name, number(0)), f"(loop $next{name[1:]}", *body, again, ")"]


def _next(name: str) -> str:
    return apply("i32.add", get(name), number(1))


def function(name: str, parameters: Sequence[str], result: bool, body: Sequence[str]) -> str:
    """A function of a state at `$at` in the arena; the words that the body mentions are loaded first.

    Names of locals tell their types: `$v1` is an i32, `$n1` (a word of the state to come) an i64.
    """
    text = "\n".join(body)
    words = sorted({int(position) for position in _WORD.findall(text)})
    names = dict.fromkeys(name for name in _LOCAL.findall(text) if name not in parameters)
    head = "".join(f" (param {parameter} i32)" for parameter in ("$at", *parameters))
    head += " (result i32)" if result else ""
    head += "".join(f" (local $w{position} i64)" for position in words)
    head += "".join(f" (local {name} {'i64' if name[1] == 'n' else 'i32'})" for name in names)
    loads = [f"(local.set $w{k} (i64.load $arena offset={8 * k} (local.get $at)))" for k in words]
    return "\n".join([f"(func {name}{head}", *loads, text, ")"])
