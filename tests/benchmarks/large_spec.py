"""A large spec that is like real ones: copies of the shipped eras and their modules, each with names of its own."""

from __future__ import annotations

import re

from hvspec.labels import labels
from hvspec.library import era_names
from hvspec.load import load
from hvspec.program import Program

_TOKEN = re.compile(r'#[^\n]*|"[^"\n]*"|[A-Za-z_][A-Za-z0-9_]*|[^A-Za-z_"#]+|.')
_HEAD = re.compile(r"^(?:era|module|use|needs)\b[^\n]*\n", re.MULTILINE)
_ABOUT = re.compile(r'^about\s+([^"]*?)\s+cites\b((?:\s*"[^"\n]*",?)+)[^\n]*\n', re.MULTILINE)
_SHARED = re.compile(r"^(?:sort|const)\b[^\n]*\n", re.MULTILINE)


def large_spec(lines: int) -> str:
    """At least so many lines of text without errors; the same for the same number."""
    parts, number = ["era large\n"], 0
    while sum(part.count("\n") for part in parts) < lines:
        names = era_names()
        parts.append(_copy(names[number % len(names)], number))
        number += 1
    return "".join(parts)


def _copy(era: str, number: int) -> str:
    spec, _ = load(era)
    assert spec is not None
    program: Program = spec.program
    shared = {*program.sorts, *program.constants}
    own = {key.rpartition(" ")[2] for key in program.declared} - shared
    text = "".join(_HEAD.sub("", text) for text in spec.sources.values())
    if number:
        text = _SHARED.sub("", text)
    # Only a module may say where something is documented that an era does not have.
    known = {*labels(program), *(key.rpartition(" ")[2] for key in program.declared)}
    known -= {d.name.text for d in program.properties.values() if d.claim == "never"}
    text = _ABOUT.sub(lambda found: _about(found, known), text)
    # What is said of eras that lack a word is known by the shipped names only.
    elsewhere = [d for d in program.properties.values() if d.claim == "never"]
    for declaration in elsewhere:
        text = re.sub(rf"^property {declaration.name}\b[^\n]*\n(?:[ \t][^\n]*\n)*", "", text, flags=re.MULTILINE)
        text = re.sub(rf"expect {declaration.name}\b[^\n}}]*", "", text)
    renamed = "".join(f"{token}_{number}" if token in own else token for token in _TOKEN.findall(text))
    # `crashed` is a name and, after `when`, a word of the language.
    return renamed.replace(f"when crashed_{number}(", "when crashed(")


def _about(found: re.Match[str], known: set[str]) -> str:
    names = [name for name in re.split(r"\s*,\s*", found[1]) if name in known]
    return f"about {', '.join(names)} cites{found[2]}\n" if names else ""
