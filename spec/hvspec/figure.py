"""The static sequence chart of a spec: what its protocols do when nothing fails, read off the text."""

from __future__ import annotations

from .elaborate import Elaborator
from .figure_drawer import Drawer, Undecided
from .figure_rows import Figure, FigureKind, FigureLifeline, FigureRow, joined, nested
from .program import Program
from .shapes import state_variables
from .spec import Spec

__all__ = ["Figure", "FigureKind", "FigureLifeline", "FigureRow", "figure"]


def figure(spec: Spec, *, full: bool = False) -> Figure:
    """The protocols of a spec with every parameter at its default. Raises SpecError where the text has no meaning.

    Left out unless `full`: messages that no handler takes, assignments other than to disks, requirements, what is
    done after a failure (a note says which messages that sends), and reactions to crashes.
    """
    program: Program = spec.program
    drawer = Drawer(program, Elaborator(program, state_variables(program), {}, Undecided()), spec.sources, full)
    rows = tuple(nested(joined(drawer.everything())))
    return Figure(spec.title or spec.name, drawer.lifelines(rows), rows)
