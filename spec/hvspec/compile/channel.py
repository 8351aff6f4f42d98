"""Messages that nobody waits for: in flight between two actors until they are delivered, lost, or refused."""

from __future__ import annotations

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression, Literal, Read, Variable, conjunction, disjunction, equality
from hvmodel.expression import negation as not_
from hvmodel.source import Span
from hvmodel.system import EMPTY, Event, Reference
from hvmodel.types import Enum, Type

from .. import syntax as s
from ..entities import ActorRef, Entity
from ..labels import LOSSES, asynchronous
from ..members import handler as handler_for
from ..members import members, with_inherited
from ..parameters import parameter_types, parameters
from ..shapes import actor_domain, default_value
from .builder import Builder
from .call import Run, argument_values, place_of, resolved_receiver
from .crash import spend
from .path import Path
from .plain import is_plain
from .threads import Context, Continue, Handling, Label, ThreadBuilder

MAY_BE_LOST = " (may be lost)"


@dataclass(frozen=True, slots=True)
class Channel:
    """What is in flight from one actor (or family) to another: `size` slots, the first of them next.

    A slot holds the message's tag, or EMPTY; `arguments` are the cells of a message's arguments, by its name.
    """

    sender: ActorRef
    receiver: ActorRef
    size: int
    tags: Enum
    arguments: dict[str, tuple[tuple[str, Type], ...]]

    @property
    def parameters(self) -> tuple[Variable, ...]:
        indices = (*self.sender.indices, *self.receiver.indices)
        return tuple(index for index in indices if isinstance(index, Variable))

    def name(self, slot: int) -> str:
        number = f".{slot + 1}" if self.size > 1 else ""
        return f"flight.{self.sender.name}.{self.receiver.name}{number}"

    def slot(self, slot: int, cell: tuple[Expression, ...]) -> Read:
        return Read(self.name(slot), cell, self.tags)

    def tag(self, name: str) -> Literal:
        return Literal(name, self.tags, name)

    def argument(self, slot: int, message: str, position: int, cell: tuple[Expression, ...]) -> Read:
        name, type_ = self.arguments[message][position]
        return Read(f"{self.name(slot)}.{message}.{name}", cell, type_)

    def kinds(self, message: str) -> tuple[Literal, ...]:
        """The tags of a message: as it is sent, and as it is sent `lossy`."""
        return tuple(self.tag(name) for name in self.tags.values if name.removesuffix(MAY_BE_LOST) == message)

    def carries(self, message: str) -> Expression:
        """Such a message is in flight between the actors that the parameters stand for."""
        slots = (self.slot(slot, self.parameters) for slot in range(self.size))
        return disjunction(equality(slot, kind) for slot in slots for kind in self.kinds(message))

    def is_empty(self) -> Expression:
        return equality(self.slot(0, self.parameters), self.tag(EMPTY))


def send(builder: Builder, statement: s.Message, context: Context, path: Path, after: Continue, run: Run) -> None:
    """`~> receiver: name(arguments)`: a boundary, where it waits for room; then the message is in flight."""
    with builder.elaborator.after_a_boundary():
        receiver = resolved_receiver(builder, statement, context)
    label = Label(f"{receiver.name}.{statement.name}", receiver.indices)

    def depart(later: Path) -> None:
        _depart(builder, statement, receiver, context, later, run)
        after(later)

    builder.rest(builder.location(context, (id(statement),), label, statement.span, (depart,)), path)


def _depart(builder: Builder, statement: s.Message, receiver: ActorRef, context: Context, path: Path, run: Run) -> None:
    handler = handler_for(builder.program, receiver.name, statement.name)
    values = argument_values(builder, statement, handler, context, path)
    message, to = statement.name.text, Reference(receiver.name, receiver.indices)
    path.cites.extend(statement.cites)
    if handler is not None:
        channel = channel_for(builder, context.me.name, receiver.name, statement.span)
        _deliveries(builder, channel, handler, run, statement.span)
        cell = (*context.me.indices, *receiver.indices)
        last = equality(channel.slot(channel.size - 1, cell), channel.tag(EMPTY))
        path.assume(last, "room for another message", span=statement.span)
        tag = channel.tag(message + MAY_BE_LOST * statement.lossy)
        free = [path.resolve(equality(channel.slot(slot, cell), channel.tag(EMPTY))) for slot in range(channel.size)]
        for slot in range(channel.size):
            taken = [not_(free[slot - 1])] if slot else []
            with path.under(conjunction((*taken, free[slot])), resolved=True):
                path.write(channel.name(slot), cell, tag, statement.span, own=True)
                for position, value in enumerate(values):
                    into = channel.argument(slot, message, position, cell)
                    path.write(into.function, into.arguments, value, statement.span, own=True)
    builder.event(path, Event("send", message, context.reference, to, values, span=statement.span))


def channel_for(builder: Builder, sender: str, receiver: str, span: Span) -> Channel:
    """The one channel from an actor to another, made when something is first sent there."""
    if (sender, receiver) in builder.channels:
        return builder.channels[sender, receiver]
    program = builder.program
    declared = program.channels.get((sender, receiver))
    sent = asynchronous(program)
    handlers = [m for m in members(program, program.actors[receiver]) if isinstance(m, s.Handler)]
    handlers = [handler for handler in handlers if handler.message.text in sent]
    tags = [
        handler.message.text + MAY_BE_LOST * lossy
        for handler in handlers
        for lossy in sorted(sent[handler.message.text])
    ]
    channel = Channel(
        _family(builder, sender),
        _family(builder, receiver),
        declared.limit if declared else 1,
        Enum(f"flight.{sender}.{receiver}", (EMPTY, *tags)),
        {handler.message.text: parameter_types(program, handler.params) for handler in handlers},
    )
    domain = tuple(parameter.type for parameter in channel.parameters)
    for slot in range(channel.size):
        builder.register(channel.name(slot), domain, channel.tag(EMPTY), "channel", span)
        for message, cells in channel.arguments.items():
            for position, (_, type_) in enumerate(cells):
                name = channel.argument(slot, message, position, ()).function
                builder.register(name, domain, default_value(type_, program), "channel", span)
    builder.channels[sender, receiver] = channel
    builder.deferred.append(lambda: _losses(builder, channel, span))
    return channel


def _family(builder: Builder, name: str) -> ActorRef:
    """Any one actor of a family, by variables of its own."""
    declaration = builder.program.actors[name]
    binders = zip(declaration.binders, actor_domain(builder.program, declaration), strict=True)
    return ActorRef(name, tuple(builder.elaborator.fresh(b.name.text, type_) for b, type_ in binders))


def _deliveries(builder: Builder, channel: Channel, handler: s.Handler, run: Run, span: Span) -> None:
    """The thread that a message of this kind is handled in; made once."""
    message = handler.message.text
    key = ("delivery", channel.sender.name, channel.receiver.name, message)
    if key in builder.memo:
        return
    place = place_of(builder, channel.receiver)
    thread = builder.new_thread(
        ThreadBuilder(
            f"{channel.receiver.name}.{message} from {channel.sender.name}",
            "delivery",
            channel.parameters,
            place,
            caller=channel.sender,
            callee=channel.receiver,
            span=span,
        )
    )
    builder.memo[key] = thread
    builder.pending.append(lambda: _deliver(builder, channel, handler, thread, run))


def _deliver(builder: Builder, channel: Channel, handler: s.Handler, thread: ThreadBuilder, run: Run) -> None:
    """The message that is next arrives, once the handler of the one before it has ended."""
    message, me = handler.message.text, channel.receiver
    path = Path(f"{thread.name}: delivery", "protocol", thread.parameters, thread.name)
    path.assume(equality(thread.pc(), thread.at(None)), f"{thread.name} is idle", "control")
    first = channel.slot(0, channel.parameters)
    path.assume(disjunction(equality(first, kind) for kind in channel.kinds(message)), "in flight")
    cells = [channel.argument(0, message, n, channel.parameters) for n in range(len(channel.arguments[message]))]
    if builder.is_crashable(thread.place):
        assert thread.place is not None
        up = builder.up(thread.place)
        builder.split(path, not_(up), "place down", lambda later: _refused(builder, channel, handler, later))
        path.assume(up, "place up", "place", handler.span)
    ends = (Reference(channel.sender.name, channel.sender.indices), Reference(me.name, me.indices))
    builder.event(path, Event("delivery", message, *ends, tuple(cells), span=handler.span))
    path.cites.extend(builder.program.cited(f"{me.name}.{message}", handler.cites))
    received = _received(builder, handler, thread, cells, path)
    names = with_inherited(builder.program, me.name, handler, received)
    _remove(builder, channel, 0, path)

    def end(later: Path) -> None:
        if later.phantom:
            builder.finish(later)
        builder.move(later, thread, None)
        for name, initial in thread.kept.items():
            later.write(name, thread.parameters, initial, own=True)
        builder.finish(later)

    context = Context(
        thread,
        me,
        builder.elaborator.actor_environment(me).with_names(names),
        lambda later, _: end(later),
        ("delivery", id(thread)),
        (Handling(me, message),),
        stack=((me.name, message),),
    )
    run(builder, handler.body.statements, context, path, end)


def _received(
    builder: Builder, handler: s.Handler, thread: ThreadBuilder, cells: list[Read], path: Path
) -> dict[str, Entity]:
    """What the handler's parameters stand for: kept for as long as it runs, if it rests anywhere."""
    if all(map(is_plain, handler.body.statements)):
        return builder.plain.received(handler.params, tuple(map(path.resolve, cells)), path)
    values = []
    domain = tuple(parameter.type for parameter in thread.parameters)
    for cell, (name, type_) in zip(cells, parameter_types(builder.program, handler.params), strict=True):
        kept = Read(f"argument.{thread.name}.{name}", thread.parameters, type_)
        thread.kept[kept.function] = default_value(type_, builder.program)
        builder.register(kept.function, domain, thread.kept[kept.function], "channel", handler.span)
        path.write(kept.function, kept.arguments, cell, own=True)
        values.append(kept)
    return parameters(builder.program, handler.params, values)


def _refused(builder: Builder, channel: Channel, handler: s.Handler, path: Path) -> None:
    """Nobody waits to be told that the receiver's place is down: the message is gone."""
    me = Reference(channel.receiver.name, channel.receiver.indices)
    builder.event(path, Event("failure", "PLACE_DOWN", me, span=handler.span))
    _remove(builder, channel, 0, path)
    builder.finish(path)


def _remove(builder: Builder, channel: Channel, gone: int, path: Path) -> None:
    """Those behind it move up. A slot that is free holds nothing of what was in it."""
    cell = channel.parameters
    for slot in range(gone, channel.size):
        following = slot + 1 if slot + 1 < channel.size else None
        tag = channel.tag(EMPTY) if following is None else channel.slot(following, cell)
        path.write(channel.name(slot), cell, tag, own=True)
        for message, arguments in channel.arguments.items():
            for position, (_, type_) in enumerate(arguments):
                into = channel.argument(slot, message, position, cell)
                value: Expression = default_value(type_, builder.program)
                if following is not None:
                    value = channel.argument(following, message, position, cell)
                path.write(into.function, into.arguments, value, own=True)


def _losses(builder: Builder, channel: Channel, span: Span) -> None:
    """One action for every slot and every message that may be lost there; none without a budget."""
    lossy = [name for name in channel.tags.values if name.endswith(MAY_BE_LOST)]
    for name in lossy if builder.budgets.get(LOSSES, 0) else ():
        message = name.removesuffix(MAY_BE_LOST)
        ends = (
            Reference(channel.sender.name, channel.sender.indices),
            Reference(channel.receiver.name, channel.receiver.indices),
        )
        for slot in range(channel.size):
            path = Path(f"{channel.name(slot)}: {message} is lost", "fault", channel.parameters)
            here = equality(channel.slot(slot, channel.parameters), channel.tag(name))
            path.assume(here, "in flight", span=span)
            spend(builder, LOSSES, path, span)
            cells = tuple(
                channel.argument(slot, message, n, channel.parameters) for n in range(len(channel.arguments[message]))
            )
            builder.event(path, Event("loss", message, *ends, cells, span=span))
            _remove(builder, channel, slot, path)
            builder.finish(path)
