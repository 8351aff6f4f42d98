"""One thing that files show, with the commands that show it to anyone."""

from __future__ import annotations

import shlex

from hvmodel.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """`commands` are shell lines for the run's folder. `image` and `expected` are files in it ("" for a listing).

    `entries`: for a listing, the paths that should not be there.
    """

    text: str
    image: str
    expected: str
    commands: tuple[str, ...]
    entries: tuple[str, ...] = ()


def compare_commands(image: str, raw: str) -> tuple[str, ...]:
    """7-Zip reads chains of differencing files; qemu-img only files without a parent."""
    commands = [f"7zz e -so -tVHDX {shlex.quote(image)} | cmp - {shlex.quote(raw)}"]
    if not image.endswith(".avhdx"):
        commands.append(f"qemu-img compare -f vhdx -F raw {shlex.quote(image)} {shlex.quote(raw)}")
    return tuple(commands)
