"""A small dialect that keeps every law, for tests of the laws: words only, JSON, frames `data: {...}`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import attrs
from attrs import define, field, frozen

from ccgate import ir
from ccgate.errors import GrammarBroken, MalformedReply, RequestRefused, TruncatedReply
from ccgate.ir.events import Reason
from ccgate.testing.laws import FailureCase, ReplyCase, RequestCase, Tables
from ccgate.translators.protocol import Body, Draft, Headers, Operation
from ccgate.wire import headers as wire_headers
from ccgate.wire.sse import Frames, frame

TOY = "toy"
ROLES = ("system", "developer", "user", "assistant")


def want(value: Any, kind: type, at: str) -> Any:
    """The value, if it is of that kind."""
    if not isinstance(value, kind):
        raise RequestRefused(f"{at or 'the request'}: expected {kind.__name__}")
    return value


def read_block(value: Any, at: str) -> ir.Block:
    block = want(value, dict, at)
    if "words" not in block:
        return ir.Opaque(TOY, block, at=at)
    return ir.Text(want(block["words"], str, at), at=at, extra=ir.leftover(TOY, block, ("words",), at))


def read_turn(value: Any, at: str) -> ir.Turn:
    turn = want(value, dict, at)
    if turn.get("who") not in ROLES:
        raise RequestRefused(f"{at}/who: nobody we know")
    blocks = enumerate(want(turn.get("what"), list, f"{at}/what"))
    read = tuple(read_block(block, ir.child(at, "what", n)) for n, block in blocks)
    return ir.Turn(turn["who"], read, at=at, extra=ir.leftover(TOY, turn, ("who", "what"), at))


def read_tool(value: Any, at: str) -> ir.Tool:
    tool = want(value, dict, at)
    name = want(tool.get("name"), str, at)
    return ir.Tool(name, at=at, extra=ir.leftover(TOY, tool, ("name",), at))


@define
class Pen:
    """Gathers losses while a request is written."""

    losses: list[ir.Loss] = field(factory=list)

    def extra(self, node: ir.Node) -> dict[str, Any]:
        if node.extra is None or node.extra.dialect == TOY:
            return {} if node.extra is None else dict(node.extra.value)
        self.losses += [ir.Loss(f"{node.extra.at}/{key}", "dropped", "foreign", "hint") for key in node.extra.value]
        return {}

    def blocks(self, blocks: Sequence[ir.Block]) -> list[dict[str, Any]]:
        return [written for block in blocks for written in self.block(block)]

    def block(self, block: ir.Block) -> Iterator[dict[str, Any]]:
        if isinstance(block, ir.Text):
            yield {"words": block.text, **self.extra(block)}
        elif isinstance(block, ir.Opaque) and block.dialect == TOY:
            yield block.value
        else:
            says = getattr(block, "says", None)
            self.losses.append(ir.Loss(block.at, "changed" if says else "dropped", "no word for it"))
            if says:
                yield {"words": says}

    def turn(self, turn: ir.Turn) -> dict[str, Any]:
        return {"who": turn.role, "what": self.blocks(turn.blocks), **self.extra(turn)}

    def tools(self, tools: Sequence[ir.AnyTool]) -> list[dict[str, Any]]:
        foreign = [tool for tool in tools if isinstance(tool, ir.Hosted)]
        self.losses += [ir.Loss(tool.at, "dropped", "no hosted tools") for tool in foreign]
        return [{"name": tool.name, **self.extra(tool)} for tool in tools if isinstance(tool, ir.Tool)]


def whole_reply(document: Any) -> ir.Reply:
    try:
        return ir.Reply(
            id=str(document["id"]),
            model=str(document["model"]),
            blocks=tuple(ir.Text("" + words) for words in document["said"]),
            usage=read_usage(document["used"]),
            reason=read_reason(document["end"]),
        )
    except (LookupError, TypeError, ValueError) as error:
        raise MalformedReply(f"not a reply: {error!r}") from error


def read_reason(value: Any) -> Reason:
    if value not in get_args(Reason):
        raise ValueError(f"no reason: {value}")
    return value


def read_usage(value: Any) -> ir.Usage:
    return ir.Usage(input=value[0] + 0, output=value[1] + 0)


@define
class WholeDecoder:
    done: bool = False
    _data: bytes = b""

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        self._data += data
        return ()

    def close(self) -> Sequence[ir.Event]:
        if not self._data:
            raise TruncatedReply("nothing came")
        try:
            document = json.loads(self._data)
        except ValueError as error:
            raise MalformedReply("not JSON") from error
        return tuple(ir.unfold(whole_reply(document)))


@define
class StreamDecoder:
    done: bool = False
    _frames: Frames = field(factory=Frames)
    _grammar: ir.grammar.Grammar = field(factory=ir.grammar.Grammar)

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        return [self._event(each.data) for each in self._frames.feed(data) if not self.done]

    def close(self) -> Sequence[ir.Event]:
        rest = [self._event(each.data) for each in self._frames.close() if not self.done]
        if not self.done:
            raise TruncatedReply("cut short")
        return rest

    def _event(self, data: bytes) -> ir.Event:
        try:
            event = read_event(json.loads(data))
            self._grammar.feed(event)
        except (LookupError, TypeError, ValueError, GrammarBroken) as error:
            raise MalformedReply(f"not an event: {error!r}") from error
        self.done = isinstance(event, ir.Finished | ir.Failed)
        return event


def read_event(document: Any) -> ir.Event:
    ((key, value),) = dict(document).items()
    return READ[key](value)


def read_index(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(f"no index: {value}")
    return value


READ: dict[str, Any] = {
    "begin": lambda value: ir.Started(str(value[0]), str(value[1])),
    "open": lambda value: ir.Opened(read_index(value), ir.Text("")),
    "words": lambda value: ir.Delta(read_index(value[0]), "" + value[1]),
    "shut": lambda value: ir.Closed(read_index(value)),
    "used": lambda value: ir.Metered(read_usage(value)),
    "end": lambda value: ir.Finished(read_reason(value)),
    "broke": lambda value: ir.Failed(ir.Failure.of("overloaded", "" + value)),
}

WRITE: dict[type, Any] = {
    ir.Started: lambda event: {"begin": [event.id, event.model]},
    ir.Opened: lambda event: {"open": event.index},
    ir.Delta: lambda event: {"words": [event.index, event.piece]},
    ir.Closed: lambda event: {"shut": event.index},
    ir.Metered: lambda event: {"used": write_usage(event.usage)},
    ir.Finished: lambda event: {"end": event.reason},
    ir.Failed: lambda event: {"broke": event.failure.message},
}


def write_usage(usage: ir.Usage) -> list[int]:
    return [usage.input, usage.output]


def say(document: dict[str, Any]) -> bytes:
    return frame(json.dumps(document).encode())


@define
class StreamEncoder:
    losses: tuple[ir.Loss, ...] = ()

    def feed(self, event: ir.Event) -> bytes:
        return say(WRITE[type(event)](event))

    def close(self) -> bytes:
        return b""


@define
class WholeEncoder:
    losses: tuple[ir.Loss, ...] = ()
    _folder: ir.Folder = field(factory=ir.Folder)

    def feed(self, event: ir.Event) -> bytes:
        self._folder.feed(event)
        return b""

    def close(self) -> bytes:
        reply = self._folder.reply
        said = [block.text for block in reply.blocks if isinstance(block, ir.Text)]
        used = write_usage(reply.usage or ir.Usage())
        document = {"id": reply.id, "model": reply.model, "said": said, "used": used, "end": reply.reason}
        return json.dumps(document).encode()


@define
class Tap:
    stream: bool
    usage: ir.Usage | None = None
    content: bool = False
    complete: bool = False
    failure: ir.Failure | None = None

    def feed(self, data: bytes) -> None:
        try:
            events = StreamDecoder().feed(data) if self.stream else tuple(ir.unfold(whole_reply(json.loads(data))))
        except (MalformedReply, ValueError):
            events = self._parts(data)
        for event in events:
            self.usage = event.usage if isinstance(event, ir.Metered) else self.usage
            self.failure = event.failure if isinstance(event, ir.Failed) else self.failure
            self.content |= isinstance(event, ir.Opened | ir.Delta)
            self.complete |= isinstance(event, ir.Finished)

    @staticmethod
    def _parts(data: bytes) -> Sequence[ir.Event]:
        try:
            return [read_event(json.loads(data.removeprefix(b"data: ")))]
        except (LookupError, TypeError, ValueError, AttributeError):
            return ()

    def end(self, failure: ir.Failure) -> bytes:
        return say({"broke": failure.message})


@frozen
class Toy:
    """The whole dialect."""

    dialect: str = TOY
    paths: Mapping[str, Operation] = field(factory=lambda: {"/v1/toy": "generate"})

    def asks(self, headers: Headers) -> bool:
        return False

    def check(self, body: Body, operation: Operation) -> None:
        want(body.get("model"), str, "/model")

    def read_request(self, body: Body) -> ir.Request:
        turns = enumerate(want(body.get("says"), list, "/says"))
        tools = enumerate(want(body.get("tools", []), list, "/tools"))
        return ir.Request(
            model=want(body.get("model"), str, "/model"),
            turns=tuple(read_turn(turn, f"/says/{n}") for n, turn in turns),
            tools=tuple(read_tool(tool, f"/tools/{n}") for n, tool in tools),
            stream=body.get("stream") is True,
            extra=ir.leftover(TOY, body, ("model", "says", "tools", "stream"), ""),
        )

    def session(self, body: Body, headers: Headers) -> str | None:
        return None

    def streams(self, body: Body) -> bool:
        return body.get("stream") is True

    def write_request(self, request: ir.Request) -> Draft:
        pen = Pen()
        body: dict[str, Any] = {"model": request.model, "says": [pen.turn(turn) for turn in request.turns]}
        if tools := pen.tools(request.tools):
            body["tools"] = tools
        if request.stream:
            body["stream"] = True
        body |= pen.extra(request) | pen.extra(request.sampling) | pen.extra(request.limits)
        return Draft(path="/v1/toy", body=body, losses=tuple(pen.losses))

    def path(self, operation: Operation, *, model: str, stream: bool) -> str | None:
        return "/v1/toy"

    def authorize(self, key: str) -> Headers:
        return ((b"toy-key", key.encode()),)

    def decoder(self, *, stream: bool) -> Any:
        return StreamDecoder() if stream else WholeDecoder()

    asking_headers = ()

    def encoder(self, *, stream: bool, asked: Any = None) -> Any:
        return StreamEncoder() if stream else WholeEncoder()

    def tap(self, *, stream: bool) -> Any:
        return Tap(stream)

    def write_failure(self, failure: ir.Failure) -> tuple[int, Headers, dict[str, Any]]:
        wait = () if failure.retry_after is None else ((b"retry-after", b"%d" % failure.retry_after),)
        return failure.status, wait, {"broke": failure.message}

    def read_failure(self, status: int, headers: Headers, body: bytes) -> ir.Failure:
        told = (wire_headers.get(headers, b"retry-after") or b"").decode()
        wait = float(told) if told.isdigit() else None
        try:
            message = json.loads(body)["broke"]
        except (LookupError, TypeError, ValueError, RecursionError):
            message = ""
        kind = ir.kind_of(status)
        return ir.Failure.of(kind, str(message or f"status {status}"), status=status, retry_after=wait)

    def write_models(self, names: Sequence[str]) -> dict[str, Any]:
        return {"models": list(names)}

    def write_model(self, name: str) -> dict[str, Any]:
        return {"model": name}

    def write_count(self, tokens: int) -> dict[str, Any]:
        return {"tokens": tokens}


REPLY = ir.Reply(
    id="r", model="m", blocks=(ir.Text("hé"), ir.Text("ho")), usage=ir.Usage(input=3, output=2), reason="limit"
)
STREAM = b"".join(
    say(each)
    for each in (
        {"begin": ["r", "m"]},
        {"open": 0},
        {"words": [0, "hé"]},
        {"shut": 0},
        {"open": 1},
        {"words": [1, "ho"]},
        {"shut": 1},
        {"used": [3, 2]},
        {"end": "limit"},
    )
)

TABLES = Tables(
    translator=Toy(),
    requests=(
        RequestCase(
            name="a talk",
            body={
                "model": "m",
                "says": [
                    {"who": "user", "what": [{"words": "hi"}]},
                    {"who": "assistant", "what": [{"words": "ho"}, {"song": [1]}]},
                ],
                "tools": [{"name": "f"}],
                "stream": True,
            },
            request=ir.Request(
                model="m",
                turns=(
                    ir.Turn("user", (ir.Text("hi"),)),
                    ir.Turn("assistant", (ir.Text("ho"), ir.Opaque(TOY, {"song": [1]}))),
                ),
                tools=(ir.Tool("f"),),
                stream=True,
            ),
        ),
        RequestCase(
            name="two spellings of one meaning",
            body={"model": "m", "says": [{"who": "user", "what": []}], "stream": False},
            request=ir.Request(model="m", turns=(ir.Turn("user"),)),
            home={"model": "m", "says": [{"who": "user", "what": []}]},
        ),
    ),
    replies=(
        ReplyCase(
            name="two texts",
            document={"id": "r", "model": "m", "said": ["hé", "ho"], "used": [3, 2], "end": "limit"},
            reply=REPLY,
            stream=STREAM,
            written_stream=STREAM,
        ),
        ReplyCase(
            name="a failure on the way",
            reply=ir.Reply(id="r", model="m", failure=ir.Failure.of("overloaded", "too hot")),
            stream=say({"begin": ["r", "m"]}) + say({"broke": "too hot"}),
        ),
    ),
    failures=(
        FailureCase(
            name="slow down",
            status=429,
            headers=((b"retry-after", b"7"),),
            body=b'{"broke": "slow down"}',
            failure=ir.Failure.of("rate_limit", "slow down", retry_after=7.0),
        ),
    ),
)


def with_translator(translator: Any, tables: Tables = TABLES) -> Tables:
    """The same tables for another translator."""
    return attrs.evolve(tables, translator=translator)
