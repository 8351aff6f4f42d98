"""`each`: concurrent branches, joined by whichever ends last."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod

from hvmodel.dataclass import dataclass
from hvmodel.expression import (
    TRUE,
    Expression,
    Read,
    Variable,
    conditional,
    conjunction,
    disjunction,
    equality,
    negation,
    quantified,
    substitute,
)
from hvmodel.system import Event

from .. import syntax as s
from ..entities import ActorSet, Entity, Environment, Value
from ..size import MAX_CHOICES, MAX_NESTED, too_large
from .builder import Builder
from .call import Run
from .path import Path
from .threads import OK, Context, Continue, Label, Location, ThreadBuilder


@dataclass(frozen=True, slots=True)
class Branch:
    """One fixed choice of the members of literal sets, for all values of the variables over sorts."""

    thread: ThreadBuilder
    own: tuple[Variable, ...]
    condition: Expression
    start: Location

    def others(self) -> tuple[dict[str, Expression], tuple[Variable, ...]]:
        """Fresh names for the own variables, to speak of sibling branches."""
        renamed = tuple(Variable(f"{variable.name}*", variable.type) for variable in self.own)
        return {old.name: new for old, new in zip(self.own, renamed, strict=True)}, renamed


@dataclass(slots=True)
class Fork:
    """An `each` in one context: where the parent waits, the branches, and the cell of the first failure."""

    statement: s.Each
    context: Context
    join: Location
    failure: Read
    branches: list[Branch]


def each(builder: Builder, statement: s.Each, context: Context, path: Path, after: Continue, run: Run) -> None:
    choices, own, condition, environment = _ranges(builder, statement, context)
    if not choices:
        after(path)
        return
    if len(choices) == 1 and not own and statement.where is None:
        _inline(builder, statement, context, environment.with_names(choices[0]), path, after, run)
        return
    key = ("fork", id(context.thread), *context.key, id(statement))
    if key not in builder.memo:
        builder.memo[key] = _make(builder, statement, context, after, choices, own, condition, environment, run)
    fork = builder.memo[key]
    assert isinstance(fork, Fork)
    _start(builder, fork, path, after)


def _ranges(
    builder: Builder, statement: s.Each, context: Context
) -> tuple[list[dict[str, Entity]], tuple[Variable, ...], Expression, Environment]:
    """The fixed choices, the variables over sorts, the condition of `where` and set membership, the names."""
    fixed: list[tuple[str, ActorSet]] = []
    own: list[Variable] = []
    members: list[Expression] = []
    names: dict[str, Entity] = {}
    for domain in statement.domains:
        over = builder.elaborator.entity(domain.range, context.environment)
        if isinstance(over, ActorSet):
            fixed.append((domain.name.text, over))
        else:
            variable, member = builder.plain.domain(domain, context.environment)
            own.append(variable)
            members.append(member)
            names[domain.name.text] = Value(variable)
    environment = context.environment.with_names(names)
    condition = conjunction(members)
    if statement.where is not None:
        condition = conjunction((condition, builder.elaborator.boolean(statement.where, environment)))
    if prod(len(over.members) for _, over in fixed) > MAX_CHOICES:
        raise too_large("the branches of this `each`", MAX_CHOICES, statement.span)
    choices: list[dict[str, Entity]] = [
        dict(zip((name for name, _ in fixed), chosen, strict=True))
        for chosen in product(*(over.members for _, over in fixed))
    ]
    return choices, tuple(own), condition, environment


def _inline(
    builder: Builder,
    statement: s.Each,
    context: Context,
    environment: Environment,
    path: Path,
    after: Continue,
    run: Run,
) -> None:
    """One fixed member: its body in the same thread."""
    fail = (lambda later, _: after(later)) if statement.independently else context.fail
    inner = replace(context, environment=environment, key=(*context.key, id(statement)), fail=fail)
    run(builder, statement.body.statements, inner, path, after)


def _make(
    builder: Builder,
    statement: s.Each,
    context: Context,
    after: Continue,
    choices: list[dict[str, Entity]],
    own: tuple[Variable, ...],
    condition: Expression,
    environment: Environment,
    run: Run,
) -> Fork:
    word = " ".join(domain.name.text for domain in statement.domains)
    join = builder.location(context, (id(statement), "join"), Label(f"each {word}"), statement.span, ())
    if _nesting(context.thread) > MAX_NESTED:
        raise too_large("`each` inside `each`", MAX_NESTED, statement.span)
    where = context.inside[-1].name if context.inside else context.thread.name
    failure = builder.failure_register(f"failed.{context.thread.name}.{join.name}", context.thread, statement.span)
    fork = Fork(statement, context, join, failure, [])
    for number, choice in enumerate(choices):
        shown = "+".join(getattr(entity, "name", "") for entity in choice.values()) or word
        thread = builder.new_thread(
            ThreadBuilder(
                f"{where} each {shown}",
                "branch",
                (*context.thread.parameters, *own),
                context.thread.place,
                context.thread,
                join,
                span=statement.span,
            )
        )
        inner = replace(
            context,
            thread=thread,
            environment=environment.with_names(choice),
            key=(*context.key, id(statement), number),
            fail=lambda later, code, thread=thread: _end(builder, fork, thread, later, after, code),  # type: ignore[misc]
            finals=(),
            deadlines=(),
            leave=None,
        )
        entry = builder.entry(
            inner,
            ("start",),
            f"start of {word}",
            statement.span,
            lambda later, inner=inner, thread=thread: run(  # type: ignore[misc]
                builder,
                statement.body.statements,
                inner,
                later,
                lambda last: _end(builder, fork, thread, last, after, None),
            ),
        )
        fork.branches.append(Branch(thread, own, condition, entry))
    if statement.in_turn:
        for branch in fork.branches:
            branch.start.guard = _turn(fork)
    return fork


def _nesting(thread: ThreadBuilder) -> int:
    """How many branches there are around whatever a thread starts."""
    depth = 0
    around: ThreadBuilder | None = thread
    while around is not None:
        depth += around.kind == "branch"
        around = around.parent
    return depth


def _start(builder: Builder, fork: Fork, path: Path, after: Continue) -> None:
    """Start every selected branch; go on at once if none is selected."""
    condition = fork.branches[0].condition
    selected = quantified("some", fork.branches[0].own, condition)
    builder.split(path, negation(selected), "none selected", after, fork.statement.span)
    path.assume(selected, "some selected", span=fork.statement.span)
    for branch in fork.branches:
        with path.under(condition, branch.own):
            path.write(branch.thread.control, branch.thread.parameters, branch.thread.at(branch.start), own=True)
    builder.rest(fork.join, path)


def _end(
    builder: Builder, fork: Fork, thread: ThreadBuilder, path: Path, after: Continue, code: Expression | None
) -> None:
    """A branch ends, well or with a failure code; the last one takes the parent along."""
    if path.phantom:
        builder.finish(path)
    builder.move(path, thread, None)
    if code is not None and not fork.statement.independently:
        first = equality(fork.failure, builder.code(OK))
        path.write(fork.failure.function, fork.failure.arguments, conditional(first, code, fork.failure), own=True)
    if code is not None and fork.statement.in_turn and not fork.statement.independently:
        _skip_unstarted(fork, path)
        _join_failed(builder, fork, path)
        return
    last = _all_idle(fork)
    builder.split(path, negation(last), "others still run", builder.finish)
    path.assume(last, "the last branch", "control")
    if fork.statement.independently:
        after(path)
        return
    fine = equality(fork.failure, builder.code(OK))
    if code is None:
        builder.split(path, fine, "no branch failed", after)
        path.assume(negation(fine), "a branch failed")
    _join_failed(builder, fork, path)


def _join_failed(builder: Builder, fork: Fork, path: Path) -> None:
    code = builder.hold(path, fork.failure)
    path.write(fork.failure.function, fork.failure.arguments, builder.code(OK), own=True)
    context = fork.context
    builder.event(path, Event("failure", "", context.reference, code=code, span=fork.statement.span))
    context.fail(path, code)


def _all_idle(fork: Fork) -> Expression:
    """No branch runs any more (over the present, in which the ending one is idle already)."""
    parts: list[Expression] = []
    for branch in fork.branches:
        renaming, others = branch.others()
        idle = equality(branch.thread.pc(), branch.thread.at(None))
        parts.append(quantified("all", others, substitute(idle, renaming)))
    return conjunction(parts)


def _turn(fork: Fork) -> Expression:
    """`in turn`: every branch is still to start or has ended."""
    parts: list[Expression] = []
    for branch in fork.branches:
        renaming, others = branch.others()
        resting = disjunction(
            (
                equality(branch.thread.pc(), branch.thread.at(None)),
                equality(branch.thread.pc(), branch.thread.at(branch.start)),
            )
        )
        parts.append(quantified("all", others, substitute(resting, renaming)))
    return conjunction(parts)


def _skip_unstarted(fork: Fork, path: Path) -> None:
    """`in turn`: after a failure the branches that have not started are skipped."""
    for branch in fork.branches:
        renaming, others = branch.others()
        pc = substitute(branch.thread.pc(), renaming)
        assert isinstance(pc, Read)
        with path.under(TRUE, others):
            value = conditional(equality(pc, branch.thread.at(branch.start)), branch.thread.at(None), pc)
            path.write(branch.thread.control, pc.arguments, value, own=True)
