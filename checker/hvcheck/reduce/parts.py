"""The parts of a system that are searched: which claims share one, and what reduces it."""

from __future__ import annotations

from collections.abc import Sequence, Set

from hvmodel.system import Property, Scope, System

from .choice import Reduction, slice_pays
from .compress import compressed, links
from .cone import Cone, cone
from .dead import dead
from .group import group_of
from .part import Part
from .slice import cut


def parts(system: System, claims: Sequence[Property], scope: Scope, wanted: Set[Reduction]) -> list[Part]:
    """The searches that together decide all claims, each once."""
    return [_part(system, group, scope, wanted) for group in _groups(system, claims, scope, wanted)]


def smaller(system: System, part: Part, open_: Sequence[Property], scope: Scope, wanted: Set[Reduction]) -> list[Part]:
    """For claims that a part left open: searches of less than the part, one for each different slice."""
    if "slice" not in wanted:
        return []
    searched = cone(system, part.claims)
    groups: dict[Cone, list[Property]] = {}
    for claim in open_:
        groups.setdefault(cone(system, [claim]), []).append(claim)
    made = ((own, _part(system, group, scope, wanted, always=True)) for own, group in groups.items())
    return [one for own, one in made if own < searched or set(one.reductions) - set(part.reductions) - {"slice"}]


def plainer(system: System, claims: Sequence[Property], scope: Scope, wanted: Set[Reduction]) -> Part:
    """The search of some claims whose shortest runs are those of the full system."""
    return _part(system, claims, scope, wanted - {"compress"}, always=True)


def _groups(system: System, claims: Sequence[Property], scope: Scope, wanted: Set[Reduction]) -> list[list[Property]]:
    """Claims that share a search: see `choice` for why these."""
    ever = [claim for claim in claims if claim.claim == "leads to"]
    safe = [claim for claim in claims if claim.claim != "leads to"]
    if not ever or not safe:
        return [list(claims)] if claims else []
    if "slice" in wanted and cone(system, ever) < cone(system, claims):
        return [safe, ever]
    if "symmetry" in wanted and group_of(system, safe, scope) is not None:
        return [safe, ever]
    return [list(claims)]


def _part(
    system: System, claims: Sequence[Property], scope: Scope, wanted: Set[Reduction], always: bool = False
) -> Part:
    used: list[Reduction] = []
    made = system
    if "slice" in wanted:
        sliced = cut(system, cone(system, claims), claims)
        if always or slice_pays(system, sliced, claims):
            made = sliced
            used.append("slice")
    merged = links(made, claims) if "compress" in wanted else ()
    if merged:
        made = compressed(made, merged)
        used.append("compress")
    needs = dead(made, claims) if "dead" in wanted else ()
    if needs:
        used.append("dead")
    group = None
    if "symmetry" in wanted and all(claim.claim != "leads to" for claim in claims):
        group = group_of(made, claims, scope)
        if group is not None:
            used.append("symmetry")
    kept = {action.name for action in made.actions}
    left_out = tuple(action.name for action in system.actions if action.name not in kept)
    return Part(made, tuple(claims), tuple(used), left_out, group, needs, merged)
