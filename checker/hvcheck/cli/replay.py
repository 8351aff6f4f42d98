"""`hvcheck replay`: a saved counterexample again, on disk files, with commands that show what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hvcheck.chart.canvas import Line, Part, fitted, plain
from hvcheck.chart.fold import fold
from hvcheck.chart.interest import interest_of
from hvcheck.chart.rows import Chart
from hvcheck.chart.run import chart_of_run
from hvcheck.ondisk.compiled import Compiled
from hvcheck.ondisk.evidence import Evidence
from hvcheck.ondisk.problem import wrong
from hvcheck.problem import ProblemError
from hvmodel.state import Layout
from hvmodel.system import Property
from hvmodel.trace import Trace

from .keeping import EXIT_DIFFERS, Keeper, disks_option, tell_problem
from .loading import EXIT_SPEC, explain_diagnostics, sources_of
from .options import ascii_option, json_option, width_option


@click.command("replay", short_help="A saved counterexample again, on disk files that show what is wrong.")
@click.argument("file", metavar="COUNTEREXAMPLE", type=click.Path(path_type=Path))
@disks_option
@click.option("--spec", "spec", metavar="SPEC", default="", help="The spec, if it is not where it was.")
@click.option("--scenario", metavar="NAME", default="", help="Of a report with several runs, the one of this scenario.")
@click.option("--property", "claim", metavar="NAME", default="", help="... and of this property, by name or id (P1).")
@click.option("--all-steps", is_flag=True, help="Tell every step; otherwise quiet stretches are one row each.")
@json_option
@ascii_option
@width_option
def command(file: Path, **options: Any) -> int:
    """Take the steps of COUNTEREXAMPLE on VHDX files in DIR, and name the commands that show what is wrong with them.

    COUNTEREXAMPLE is what `hvcheck verify --out` saves: the .itf.json of one run, or a spec's whole .json with
    --scenario and --property. DIR is made, or must be empty. What an image should hold is written beside it as raw
    file.

    \b
    hvcheck verify ws2012r2 --scenario no_recovery --out results
    hvcheck replay results/ws2012r2.no_recovery.disks.AppConsistent.itf.json --disks out

    The commands are of other makers' tools (7-Zip, qemu-img, cmp, ls); run them in DIR. 7-Zip reads chains of
    differencing files. Exit codes: 0 the run breaks its property on files, too, 1 files and model differ, 2 wrong
    usage or a folder that cannot be used, 3 the file is no run of the spec.
    """
    try:
        return _replay(file, options)
    except ProblemError as error:
        return tell_problem(error.problem)


def _replay(file: Path, options: dict[str, Any]) -> int:
    from hvcheck.ondisk.compiled import of_saved
    from hvcheck.ondisk.saved import load_saved, require_run, steps_of

    saved = load_saved(file, options["scenario"], options["claim"])
    found = of_saved(saved, options["spec"])
    if not isinstance(found, Compiled):
        explain_diagnostics(found, sources_of(None, found))
        return EXIT_SPEC
    steps = steps_of(saved, found.layout)
    trace = require_run(saved, found.layout, steps)
    claim = _claim(found, saved.property, saved.file, trace)
    with Keeper(found, options) as keeper:
        difference = keeper.take_all(steps, _chart(claim, options["all_steps"]))
        if difference is not None:
            evidence = None
        else:
            from hvcheck.ondisk.evidence import evidence_of

            evidence = evidence_of(keeper.play, claim, found.id_of(claim.name))
        if options["as_json"]:
            document = {**keeper.document(difference), "property": claim.name, "evidence": _json(evidence)}
            click.echo(json.dumps(document, indent=1))
        else:
            keeper.tell_end(difference)
            keeper.tell(list(_lines(keeper, claim, trace, evidence)) if difference is None else [])
    return EXIT_DIFFERS if difference else 0


def _claim(found: Compiled, name: str, file: str, trace: Trace) -> Property:
    """The property that the run is to break; raises ProblemError if there is none that it does."""
    from hvcheck.explicit.judge import breaks
    from hvcheck.ondisk.saved import property_named
    from hvcheck.verdict import confirm

    run = confirm(found.layout, trace)
    known = found.layout.system.property
    name = name if name in known else property_named(found.spec, name) or name
    if name and name not in known:
        raise wrong("not a run", file, f"the spec has no property {name!r}", ", ".join(known))
    claims = [known[name]] if name else list(known.values())
    broken = next((claim for claim in claims if claim.claim != "cover" and breaks(claim, run)), None)
    if broken is None:
        what = f"it does not break {name}" if name else "it breaks no property of the spec"
        raise wrong("not a run", file, what, "a counterexample", fix="`hvcheck run --trace` takes any run")
    return broken


def _chart(claim: Property, all_steps: bool) -> Callable[[Layout, Trace], Chart]:
    def chart(layout: Layout, trace: Trace) -> Chart:
        if all_steps:
            return chart_of_run(layout, trace)
        return fold(chart_of_run(layout, trace, interest=interest_of(layout.system, claim, "", ())))

    return chart


def _lines(keeper: Keeper, claim: Property, trace: Trace, evidence: Evidence | None) -> list[Line]:
    from hvcheck.report.explain import explain, explanation_lines
    from hvcheck.verdict import Violated, confirm

    headline, *rest = explanation_lines(explain(Violated(claim.name, confirm(keeper.found.layout, trace)), claim))
    texts: list[tuple[str, Part]] = [(f"{claim.name} is violated: {headline}", "bad")]
    texts += [(text, "change") for text in rest]
    if evidence is None or evidence.shows == "nothing":
        texts.append(
            ("Nothing in the files shows this: it is about what happened, not about what they hold.", "unsure")
        )
        return [line for text, part in texts for line in fitted(plain(text, part), keeper.width)]
    lines = [line for text, part in texts for line in fitted(plain(text, part), keeper.width)]
    for shown in evidence.shown:
        lines += fitted(plain(f"On disk: {shown.text}", "head"), keeper.width)
    lines.append(plain(f"To see it, in {keeper.folder}:", "head"))
    # Commands are for pasting, so they are never broken.
    return [*lines, *(plain(f"  {one}", "label") for one in evidence.commands)]


def _json(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {
        "shows": evidence.shows,
        "clause": evidence.clause,
        "commands": list(evidence.commands),
        "images": [{"text": one.text, "image": one.image, "expected": one.expected} for one in evidence.shown],
        "left": [entry for one in evidence.shown for entry in one.entries],
    }
