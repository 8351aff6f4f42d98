"""Which reductions there are, which are used when nobody says otherwise, and when a slice pays.

Measured on the shipped eras: making a part costs a quarter of a second (its code is written and compiled), in which the
compiled engine searches half a million states. So the full system is searched first, and decides everything at once
with exact counts; parts are for what that leaves open (all scenarios of ws2012: 16 s of processor time, instead of 19 s
with parts from the start).

Then a slice pays
- when it leaves out an action, or when few of the system's claims are asked for (ws2012 in `pair`, NothingLeft
  alone: 156,206 states instead of 539,579);
- for `leads to` claims, which need the graph of steps: they get a search of their own when their slice is smaller;
- when a budget was met, or the memory that the engine can use: each claim that is still open is tried once more in the
  slice of itself.

`dead` is for searches that would not fit. How much it gives depends on how much the claims read, and on faults, which
leave much behind that nobody looks at again: of ws2012 in `machines` with one fault of each kind and a time limit,
NamesMatch alone has 2,588,628 states instead of 14,466,279 (with symmetry and slice 785,510), AppConsistent with both
1,753,969 instead of 3,098,690, all claims together 5,472,935 instead of 7,235,258; without faults all claims
together have as many states as before (140,860 in `pair`). Looking where threads are makes a search slower by a
quarter to a half. So it is used where a claim is tried once more, and where it is asked for.

`compress` is for searches that would not fit, too. How much it gives depends on how many claims ask where threads are:
in the slices of all claims about states and steps ws2012 ideal in `pair` has 501,541 states instead of 539,579,
ws2012r2 385,305 instead of 446,308, ws2016 ideal in `disks` 23,214 instead of 28,077; with NothingLeft alone 64,928
instead of 156,206, 173,626 instead of 322,106, and 8,399 instead of 10,428. Native searches of these sizes take about
a second either way, and a run that was found has to be sought again to be the shortest. So it is not used unless asked
for.

Symmetry divides the states of a scope with two machines and two disks by 3.8 (ws2012 ideal in `pair`: 140,860
instead of 539,579), and the time of a compiled search by 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.system import Property, System

Reduction: TypeAlias = OneOf["slice", "compress", "dead", "symmetry"]

REDUCTIONS: tuple[Reduction, ...] = ("slice", "compress", "dead", "symmetry")


DEFAULT: tuple[Reduction, ...] = ("slice", "symmetry")
"""Used when nobody says otherwise."""

MORE: tuple[Reduction, ...] = ("dead",)
"""Used besides for claims that are tried once more, when nobody says otherwise."""

PATIENCE = 2_000_000
"""States of the full system that are searched before anything is reduced: they take a moment, and counts stay exact."""


def slice_pays(system: System, cut: System, claims: Sequence[Property]) -> bool:
    """Whether to search the slice `cut`, which decides the claims, instead of the system."""
    if len(cut.functions) == len(system.functions) and len(cut.actions) == len(system.actions):
        return False
    ever = all(claim.claim == "leads to" for claim in claims)
    most = sum(claim.claim != "invariant" for claim in system.properties)
    return ever or len(cut.actions) < len(system.actions) or 2 * len(claims) <= most
