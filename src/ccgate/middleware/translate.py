"""Two dialects meet: the caller's, and the one the app below speaks.

The same dialect: the caller's own bytes go down and the upstream's own bytes come up (`Relay`); only `model` is
spliced, where another one is asked, and other providers' opaque state is cut out, where the caller sends some back.
Different dialects: the request goes down in the upstream's words, the reply comes up in the caller's (`Crossing`), and
what could not be said is on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, evolve
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccgate import ir
from ccgate.call import Call, Target
from ccgate.errors import ReplyError, RequestRefused, TransportError
from ccgate.middleware.answers import answer
from ccgate.middleware.body import DEFAULT_MAX_BODY, read_call
from ccgate.middleware.crossing import Crossing
from ccgate.middleware.errors import failure_of
from ccgate.middleware.provenance import owned
from ccgate.middleware.relay import Relay
from ccgate.policy.models import asked_model
from ccgate.policy.tokens import estimate
from ccgate.translators import Headers, Translator
from ccgate.wire import seals
from ccgate.wire.headers import get
from ccgate.wire.jsonedit import edited
from ccgate.wire.jsontext import dump_reporting

ESTIMATED = (b"x-ccgate-estimated", b"true")
"""On a count of tokens that no provider made."""
UNSAID = "no other dialect has this header"
JSON_TYPE = (b"content-type", b"application/json")


@define(kw_only=True)
class Translate:
    """`speaks` is the dialect of `app`, `models` those it serves (none: any), `provider` what to call it.

    `on_loss="refuse"` refuses a request of which content would be lost, before anybody is asked.
    """

    app: ASGIApp
    speaks: Translator
    provider: str = "upstream"
    models: Sequence[str] = ()
    on_loss: str = "report"
    max_body: int = DEFAULT_MAX_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call.of(scope)
        if call.body is None:
            await read_call(call, receive, self.max_body)
        same = call.client.dialect == self.speaks.dialect
        target = call.target = call.target or Target(provider=self.provider, model="", on_loss=self.on_loss)
        target.model = asked_model(call.model, member=target.model, models=self.models, same_dialect=same)
        if same:
            await self._relay(call, target, scope, send)
        else:
            await self._cross(call, target, scope, send)

    async def _relay(self, call: Call, target: Target, scope: Scope, send: Send) -> None:
        text, operation = call.body, call.surface.operation if call.surface else "generate"
        assert text is not None
        in_path = call.surface is not None and call.surface.model is not None
        body = text.raw if in_path or target.model == call.model else text.splice({"model": target.model})
        changes = call.client.edits(text, model=target.model)
        if changes:
            body = edited(body, changes)
            target.losses += withheld(changes)
        path = self.speaks.path(operation, model=target.model, stream=call.stream)
        await self._ask(Relay(call, target, send), {**scope, "headers": call.headers, "path": path}, body)

    async def _cross(self, call: Call, target: Target, scope: Scope, send: Send) -> None:
        operation = call.surface.operation if call.surface else "generate"
        draft = self.speaks.write_request(self._asked(call, target))
        body, repaired = dump_reporting(draft.body)
        target.losses += draft.losses
        target.losses += (ir.Loss(at, "changed", "a lone surrogate is no character", "content") for at in repaired)
        asking = (name for name in call.client.asking_headers if get(call.headers, name) is not None)
        target.losses += (ir.Loss(f"header:{name.decode()}", "dropped", UNSAID, "hint") for name in asking)
        self._judge(target)
        if operation == "count_tokens":  # what another dialect would count is not what it would be asked
            await answer(send, 200, call.client.write_count(estimate(call.request)), (ESTIMATED,))
            return
        headers: Headers = (JSON_TYPE, *draft.headers)
        below = {**scope, "headers": headers, "path": draft.path, "query_string": b""}
        await self._ask(Crossing(call, target, self.speaks, send), below, body)

    def _asked(self, call: Call, target: Target) -> ir.Request:
        request = for_model(call.request, target.model)
        if call.body is None or not seals.holds(call.body.raw):
            return request
        return owned(request, target.provider)

    def _judge(self, target: Target) -> None:
        refused = ir.refusable(target.losses) if target.on_loss == "refuse" else ()
        if refused:
            places = ", ".join(f"{loss.at} ({loss.why})" for loss in refused[:5])
            raise RequestRefused(f"{self.provider} cannot be asked this without loss: {places}")

    async def _ask(self, reply: Relay | Crossing, scope: Scope, body: bytes) -> None:
        try:
            await self.app({**scope, "raw_path": scope["path"].encode(), "root_path": ""}, once(body), reply)
        except (TransportError, ReplyError) as error:
            if not await reply.end(failure_of(error)):
                raise


def withheld(changes: Mapping[str, Any]) -> tuple[ir.Loss, ...]:
    """One loss for all that must be cut out of a body: a long conversation has one place per turn."""
    gone = [at for at, value in changes.items() if value is None]
    return (ir.Loss(gone[0], "dropped", f"only its maker may see it ({len(gone)} in all)", "hint"),) if gone else ()


def for_model(request: ir.Request, model: str) -> ir.Request:
    """The same request, for another model."""
    return request if request.model == model else evolve(request, model=model)


def once(body: bytes) -> Receive:
    """A `receive` that gives this body, then says that nothing more will come."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
