"""Statements with boundaries: each is a function from a path and what comes after to the paths that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from hvmodel.expression import Expression, Literal, Read, conjunction, equality, negation, reads
from hvmodel.system import Event
from hvmodel.types import BOOL

from .. import syntax as s
from ..members import inherited, inherited_names
from ..problem import problem
from .builder import Builder
from .call import message
from .channel import send
from .crash import in_protocol
from .fork import each
from .path import Path
from .plain import is_plain
from .threads import OK, Context, Continue, Deadline, Final, Label


def run(builder: Builder, statements: tuple[s.Statement, ...], context: Context, path: Path, after: Continue) -> None:
    """Follow statements from the present of a path; `after` goes on where they end."""
    if not statements:
        after(path)
        return
    first, rest = statements[0], statements[1:]
    if isinstance(first, s.Let):
        environment = builder.plain.let(first, context.environment, path)
        run(builder, rest, replace(context, environment=environment), path, after)
    elif is_plain(first):
        if path.phantom:
            # A plain statement is never a boundary; do not run it for its effects.
            builder.finish(path)
        builder.plain.run((first,), context.environment, path)
        run(builder, rest, context, path, after)
    else:
        _FLOW[type(first)](builder, first, context, path, lambda later: run(builder, rest, context, later, after))


def _step(builder: Builder, statement: s.Step, context: Context, path: Path, after: Continue) -> None:
    with builder.elaborator.after_a_boundary():
        arguments = tuple(builder.elaborator.expression(item, context.environment) for item in statement.arguments)
    body = statement.body.statements if statement.body else ()

    def resume(later: Path) -> None:
        builder.event(
            later, Event("step", statement.name.text, context.reference, None, arguments, span=statement.span)
        )
        later.cites.extend(builder.program.cited(statement.name.text, statement.cites))
        run(builder, body, context, later, after)

    label = Label(statement.name.text, () if any(map(reads, arguments)) else arguments)
    builder.rest(builder.location(context, (id(statement),), label, statement.span, (resume,)), path)


def _await(builder: Builder, statement: s.Await, context: Context, path: Path, after: Continue) -> None:
    with builder.elaborator.after_a_boundary():
        condition = builder.elaborator.boolean(statement.condition, context.environment)

    def resume(later: Path) -> None:
        later.assume(condition, "await", span=statement.span)
        after(later)

    builder.rest(builder.location(context, (id(statement),), Label("await"), statement.span, (resume,)), path)


def _choose(builder: Builder, statement: s.Choose, context: Context, path: Path, after: Continue) -> None:
    def resume(block: s.Block) -> Continue:
        return lambda later: run(builder, block.statements, context, later, after)

    resumes = tuple(map(resume, statement.branches))
    builder.rest(builder.location(context, (id(statement),), Label("choose"), statement.span, resumes), path)


def _if(builder: Builder, statement: s.If, context: Context, path: Path, after: Continue) -> None:
    condition = builder.elaborator.boolean(statement.condition, context.environment)
    otherwise = statement.otherwise.statements if statement.otherwise else ()
    for sense, block, name in (
        (condition, statement.then.statements, "if"),
        (negation(condition), otherwise, "else"),
    ):
        with builder.elaborator.assuming(sense):
            builder.split(
                path,
                sense,
                name,
                lambda branch, block=block: run(builder, block, context, branch, after),  # type: ignore[misc]
                statement.condition.span,
            )


def _require(builder: Builder, statement: s.Require, context: Context, path: Path, after: Continue) -> None:
    condition = builder.elaborator.boolean(statement.condition, context.environment)
    span = statement.condition.span
    builder.split(path, condition, "require", after, span)
    fail = statement.failure
    builder.split(path, negation(condition), "require", lambda branch: _raise(builder, fail, context, branch), span)


def _fail(builder: Builder, statement: s.Fail, context: Context, path: Path, _: Continue) -> None:
    _raise(builder, statement, context, path)


def _raise(builder: Builder, statement: s.Fail, context: Context, path: Path) -> None:
    code = builder.code(statement.code.text)
    builder.event(path, Event("failure", statement.code.text, context.reference, span=statement.span))
    context.fail(path, code)


def _rethrow(_: Builder, statement: s.Rethrow, context: Context, path: Path, __: Continue) -> None:
    if context.code is None:
        raise problem("HV314", "`rethrow` stands only in a `recover`", statement.span)
    context.fail(path, context.code)


# -------------------------------------------------------------------- try and within


def _try(builder: Builder, statement: s.Try, context: Context, path: Path, after: Continue) -> None:
    final = statement.finally_.statements if statement.finally_ else ()

    def leaving(then: Continue) -> Continue:
        def leave(later: Path) -> None:
            if final:
                if later.phantom:
                    builder.finish(later)
                builder.plain.run(final, context.environment, later)
            then(later)

        return leave

    def pass_on(later: Path, code: Expression) -> None:
        held = builder.hold(later, code)
        leaving(lambda last: context.fail(last, held))(later)

    finals = context.finals
    if statement.finally_ is not None:
        finals = (*finals, Final(statement.finally_, context.environment))
    leave = leaving(context.leave) if context.leave is not None else None
    guarded = replace(context, finals=finals, fail=pass_on, leave=leave)

    def failing(later: Path, code: Expression) -> None:
        _recover(builder, statement, guarded, later, code, leaving(after))

    inner = replace(guarded, fail=failing, key=(*context.key, id(statement)))
    run(builder, statement.body.statements, inner, path, leaving(after))


def _recover(
    builder: Builder, statement: s.Try, context: Context, path: Path, code: Expression, after: Continue
) -> None:
    """Give a failure to the first `recover` that takes it; `context.fail` passes it on."""
    left: list[Expression] = []
    for clause in statement.recovers:
        if clause.code is None:
            matches: Expression = Literal(True, BOOL)
        else:
            matches = equality(code, builder.code(clause.code.text))
        branch = path.copy()
        taken = conjunction([*left, matches])
        builder.split(
            branch,
            taken,
            "recover",
            lambda later, clause=clause: _enter_recover(builder, clause, context, later, code, after),  # type: ignore[misc]
        )
        left.append(negation(matches))
    builder.split(path, conjunction(left), "no recover", lambda later: context.fail(later, code))


def _enter_recover(
    builder: Builder, clause: s.Recover, context: Context, path: Path, code: Expression, after: Continue
) -> None:
    key = (*context.key, id(clause))
    fail, leave, thrown = context.fail, context.leave, code
    if clause.code is None and _rethrows(clause.body):
        register = _code_register(builder, context, clause)
        path.write(register.function, register.arguments, code, own=True)
        thrown = register

        def clear(then: Continue) -> Continue:
            def cleared(later: Path) -> None:
                if not later.phantom:
                    later.write(register.function, register.arguments, builder.code(OK), own=True)
                then(later)

            return cleared

        outer_fail = context.fail

        def fail(later: Path, raised: Expression) -> None:
            held = builder.hold(later, raised)
            clear(lambda last: outer_fail(last, held))(later)

        after = clear(after)
        leave = clear(leave) if leave is not None else None
    inner = replace(context, key=key, fail=fail, code=thrown, leave=leave)
    entry = builder.entry(
        inner,
        ("recover",),
        "recover",
        clause.span,
        lambda later: run(builder, clause.body.statements, inner, later, after),
    )
    builder.rest(entry, path)


def _code_register(builder: Builder, context: Context, clause: s.Recover) -> Read:
    key = ("code", id(context.thread), *context.key, id(clause))
    if key not in builder.memo:
        builder.memo[key] = f"code.{context.thread.name}.{len(context.thread.registers) + 1}"
    return builder.failure_register(str(builder.memo[key]), context.thread, clause.span)


def _rethrows(block: s.Block) -> bool:
    for statement in block.statements:
        match statement:
            case s.Rethrow():
                return True
            case s.If(_, then, otherwise) if _rethrows(then) or (otherwise is not None and _rethrows(otherwise)):
                return True
            case s.Within(_, body, otherwise) if _rethrows(body) or _rethrows(otherwise):
                return True
            case s.Try(body, recovers, _) if _rethrows(body) or any(
                r.code is not None and _rethrows(r.body) for r in recovers
            ):
                return True
            case s.Choose(branches) if any(map(_rethrows, branches)):
                return True
            case s.Each(body=body) | s.Loop(body=body) if _rethrows(body):
                return True
            case _:
                pass
    return False


def _loop(builder: Builder, statement: s.Loop, context: Context, path: Path, after: Continue) -> None:
    inner = replace(context, key=(*context.key, id(statement)), leave=after)

    def again(later: Path) -> None:
        # Every way round passes a boundary (the checks see to that), where the next round's places are known already.
        run(builder, statement.body.statements, inner, later, again)

    again(path)


def _break(_: Builder, statement: s.Break, context: Context, path: Path, __: Continue) -> None:
    if context.leave is None:
        raise problem("HV325", "`break` stands only in a `loop`", statement.span)
    context.leave(path)


def _inherited(builder: Builder, statement: s.Inherited, context: Context, path: Path, after: Continue) -> None:
    """The service's own handler, in the place of this word: no boundary, and no return of its own."""
    handler = inherited(builder.program, context.me.name, context.inside[-1].message) if context.inside else None
    if handler is None:
        raise problem("HV330", "nothing is inherited here", statement.span)
    names = inherited_names(handler, context.environment.names)
    inner = replace(
        context,
        environment=builder.elaborator.actor_environment(context.me).with_names(names),
        key=(*context.key, id(statement)),
        code=None,
        leave=None,
    )
    run(builder, handler.body.statements, inner, path, after)


def _within(builder: Builder, statement: s.Within, context: Context, path: Path, after: Continue) -> None:
    inner = replace(context, key=(*context.key, id(statement)))
    if not builder.budgets.get("deadlines", 0):
        run(builder, statement.body.statements, inner, path, after)
        return
    late = replace(context, key=(*context.key, id(statement), "else"))
    otherwise = builder.entry(
        late,
        ("else",),
        f"after {statement.limit}",
        statement.otherwise.span,
        lambda later: run(builder, statement.otherwise.statements, late, later, after),
    )
    deadline = Deadline(statement.limit, context.me, len(context.finals), otherwise, statement.span)
    timed = replace(inner, deadlines=(*context.deadlines, deadline))

    def leave(later: Path) -> None:
        end = builder.location(timed, ("end",), Label(f"end of {statement.limit}"), statement.span, (after,))
        builder.rest(end, later)

    run(builder, statement.body.statements, timed, path, leave)


def _message(builder: Builder, statement: s.Message, context: Context, path: Path, after: Continue) -> None:
    deliver = send if statement.asynchronous else message
    deliver(builder, statement, context, path, after, run)


def _each(builder: Builder, statement: s.Each, context: Context, path: Path, after: Continue) -> None:
    each(builder, statement, context, path, after, run)


_FLOW: MappingProxyType[type, Callable[..., None]] = MappingProxyType(
    {
        s.Message: _message,
        s.Step: _step,
        s.Each: _each,
        s.If: _if,
        s.Try: _try,
        s.Within: _within,
        s.Fail: _fail,
        s.Rethrow: _rethrow,
        s.Require: _require,
        s.Await: _await,
        s.Choose: _choose,
        s.Loop: _loop,
        s.Break: _break,
        s.Inherited: _inherited,
        s.Crash: in_protocol,
        s.Restart: in_protocol,
    }
)
