"""Names of a spec as identifiers of another language: recognisable, allowed there, and each meant once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_UNFIT = re.compile(r"[^A-Za-z0-9]+")


@dataclass
class Names:
    """Hands out identifiers; what is `taken` (keywords first of all) is not given to anything else."""

    taken: set[str] = field(default_factory=set)

    @classmethod
    def beside(cls, reserved: Iterable[str]) -> Names:
        return cls(set(reserved))

    def fresh(self, wanted: str) -> str:
        """The name itself where that is possible, else with a number behind it."""
        base = plain(wanted)
        name, number = base, 1
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name

    def local(self, wanted: str, others: Iterable[str] = ()) -> str:
        """A name for a parameter or a bound variable: unlike all global names and the given others, and not kept."""
        inside = Names(self.taken | set(others))
        return inside.fresh(wanted)


def plain(wanted: str) -> str:
    """Letters, digits and single underscores, starting with a letter: `pc.Host each vm (2)` is `pc_Host_each_vm_2`."""
    name = _UNFIT.sub("_", wanted).strip("_")
    return name if name[:1].isalpha() else f"x{name}"
