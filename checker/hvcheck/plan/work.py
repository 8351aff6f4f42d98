"""Doing a job: load, compile, run the engine. Whatever goes wrong becomes a verdict, never a traceback."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from hvcheck.cache.compiled import compiled_system
from hvcheck.engine import Budget, Engine, Progress
from hvcheck.verdict import Confirmed, Failed, Undetermined, Verdict
from hvmodel.system import Property, Scope, System
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Spec

from .job import EngineName, Job, JobEvent, JobResult, NotJudged

if TYPE_CHECKING:
    from hvcheck.cache.cache import Cache
    from hvcheck.explicit.compiled.instance import Modules


def make_engine(name: EngineName, modules: Modules | None = None) -> Engine:
    """The engine of that name; imported only now, because z3 takes a while."""
    return _ENGINES[name](modules)


def reducing(engine: Engine, job: Job, modules: Modules | None = None) -> Engine:
    """The engine behind the reductions that the job allows; proofs have none."""
    if job.engine != "explicit" or not job.reductions:
        return engine
    from hvcheck.reduce.choice import DEFAULT, MORE, PATIENCE
    from hvcheck.reduce.engine import ReducedEngine
    from hvcheck.reduce.fold import fold_explicit

    fold = partial(fold_explicit, modules=modules)
    if job.reductions == DEFAULT:
        return ReducedEngine(engine, frozenset(DEFAULT), fold, PATIENCE, frozenset(MORE))
    return ReducedEngine(engine, frozenset(job.reductions), fold, 0)  # what is asked for by name is wanted at once


def _explicit(modules: Modules | None) -> Engine:
    from hvcheck.explicit.engine import ExplicitEngine

    return ExplicitEngine(modules=modules)


def _reference(_modules: Modules | None) -> Engine:
    from hvcheck.explicit.engine import ExplicitEngine

    return ExplicitEngine(reference=True)


def _symbolic(modules: Modules | None) -> Engine:
    from hvcheck.symbolic.engine import SymbolicEngine

    return SymbolicEngine(partial(_witness, modules))


_ENGINES: Mapping[EngineName, Callable[[Modules | None], Engine]] = MappingProxyType(
    {"explicit": _explicit, "symbolic": _symbolic, "reference": _reference}
)


def _witness(
    modules: Modules | None, system: System, claim: Property, scope: Scope, budget: Budget
) -> Confirmed | None:
    """Proofs take their witnesses from a search of the scope."""
    from hvcheck.explicit.explore import find

    return find(system, claim.witness, scope, budget, modules=modules) if claim.witness is not None else None


Loaded: TypeAlias = tuple[Spec | None, tuple[Diagnostic, ...]]


@lru_cache(maxsize=16)
def load_spec(name: str) -> Loaded:
    """Several scenarios of one spec are checked; it is read once, and no warnings are looked for."""
    from hvspec.load import load

    return load(name, warnings=False)


def packed(names: Iterable[str]) -> dict[str, bytes]:
    """Specs as they were read here, for workers: reading takes long, and the files may change meanwhile.

    One that is nested too deeply to travel is left out.
    """
    found: dict[str, bytes] = {}
    for name in names:
        with suppress(RecursionError):
            found[name] = pickle.dumps(load_spec(name))
    return found


@lru_cache(maxsize=16)
def _unpacked(data: bytes) -> Loaded:
    loaded: Loaded = pickle.loads(data)
    return loaded


def work(job: Job, specs: Mapping[str, bytes] = MappingProxyType({}), cache: Cache | None = None) -> Iterator[JobEvent]:
    """Progress now and then, and the result last. `specs` are `packed`; any other is read."""
    for event in _work(job, specs, cache):
        if cache is not None and isinstance(event, JobResult):
            event = replace(event, usage=cache.take_usage())
        yield event


def _work(job: Job, specs: Mapping[str, bytes], cache: Cache | None) -> Iterator[JobEvent]:
    start = monotonic()
    spec, found = _unpacked(specs[job.spec]) if job.spec in specs else load_spec(job.spec)
    if spec is None:
        yield JobResult(job, diagnostics=found)
        return
    settings = dict(job.settings)
    system, scope, wrong = compiled_system(cache, spec, scenario=job.scenario, scope=job.scope, settings=settings)
    if system is None or scope is None:
        yield JobResult(job, diagnostics=(*found, *wrong))
        return
    modules = cache.module if cache is not None else None
    for event in run_engine(job, system, scope, reducing(make_engine(job.engine, modules), job, modules)):
        if isinstance(event, JobResult):
            event = replace(event, diagnostics=wrong, seconds=monotonic() - start)
        yield event


def run_engine(job: Job, system: System, scope: Scope, engine: Engine) -> Iterator[JobEvent]:
    """The engine on the properties that are asked for and that this system leaves something to judge of."""
    # Lemmas are judged inside the proofs that rest on them; on their own only when someone asks.
    asked = [
        claim
        for claim in system.properties
        if (claim.name in job.properties if job.properties else claim.claim != "invariant")
    ]
    idle = {claim.name: reason for claim in asked if (reason := nothing_to_judge(system, claim))}
    judged = [claim for claim in asked if claim.name not in idle]
    able = [claim for claim in judged if engine.supports(claim)]
    verdicts: dict[str, Verdict] = {}
    try:
        for event in engine.run(system, able, scope, job.budget) if able else ():
            if isinstance(event, Progress):
                yield event
            else:
                verdicts[event.property] = event
        fallback = "the engine gave no verdict: please report a defect of hvcheck"
    except MemoryError:
        fallback = "out of memory: lower the scope or set --budget-memory"
    except Exception as error:  # an engine's defect is a verdict on the tool, never a traceback
        fallback = f"the {engine.name} engine failed: {type(error).__name__}: {error}"
    yield JobResult(
        job,
        claims=tuple(asked),
        verdicts=tuple(verdicts.get(claim.name) or _without(claim, able, engine, fallback) for claim in judged),
        not_judged=tuple(NotJudged(name, reason) for name, reason in idle.items()),
        budgets=system.budgets,
        scope=scope.name,
        sizes=str(scope),
    )


def nothing_to_judge(system: System, claim: Property) -> str:
    """Why there is nothing to judge: none of the faults that the property is about may occur here."""
    budgets = dict(system.budgets)
    if claim.needs and not any(budgets.get(fault, 0) for fault in claim.needs):
        return f"no {' or '.join(claim.needs)} here"
    return ""


def _without(claim: Property, able: Sequence[Property], engine: Engine, fallback: str) -> Verdict:
    if claim in able:
        return Failed(claim.name, fallback)
    return Undetermined(claim.name, f"the {engine.name} engine does not decide `{claim.claim}` properties")
