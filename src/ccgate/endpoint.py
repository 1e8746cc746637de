"""Where a call is read, once, and handed to whoever answers it.

From then on one small task beside the call listens for the client: when it hangs up, the call is stopped, and with it
the exchange under way, whatever it waits for.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccgate import ir
from ccgate.call import Call, default_surfaces
from ccgate.errors import RequestRefused
from ccgate.middleware.answers import answer, refuse
from ccgate.middleware.body import DEFAULT_MAX_BODY, TooLarge, read_call, refuse_upload
from ccgate.middleware.errors import failure_of
from ccgate.router import Router
from ccgate.surfaces import Surfaces
from ccgate.tasks import spawn

Choose = Callable[[Call], ASGIApp]


@define(kw_only=True)
class Endpoint:
    """Serves every path of every dialect. `router` finds the pool of a call."""

    router: Router
    surfaces: Surfaces | None = None
    max_body: int = DEFAULT_MAX_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call.of(scope, self.surfaces)
        if call.surface is None:
            raise self._unserved(call)
        if call.surface.operation == "models":
            await self._models(call, call.surface.argument, send)
            return
        if call.method != "POST":
            raise RequestRefused(f"{call.path} takes POST, not {call.method}", status=405)
        try:
            await read_call(call, receive, self.max_body)
        except TooLarge as error:
            await refuse_upload(call, receive, send, failure_of(error))
            return
        await answer_watched(call, self.router.choose(call), (scope, receive, send))

    async def _models(self, call: Call, name: str | None, send: Send) -> None:
        if call.method != "GET":
            raise RequestRefused(f"{call.path} takes GET, not {call.method}", status=405)
        if name is None:
            await answer(send, 200, call.client.write_models(self.router.models))
        elif name in self.router.models:
            await answer(send, 200, call.client.write_model(name))
        else:
            await refuse(call, send, ir.Failure.of("not_found", f"the model {name!r} is not listed here", retry=False))

    def _unserved(self, call: Call) -> RequestRefused:
        served = ", ".join((self.surfaces or default_surfaces()).paths)
        message = f"nothing is served at {call.path}; these paths are: {served}"
        return RequestRefused(message, kind="not_found", status=404, code="not_found")


async def answer_watched(call: Call, app: ASGIApp, connection: tuple[Scope, Receive, Send]) -> None:
    """Let `app` answer, and stop the call when the client hangs up first."""
    scope, receive, send = connection

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        call.stop("the client hung up")

    async def finishing(message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            call.finish()
        await send(message)

    cancel = spawn(listen)
    try:
        await app(scope, nothing_more, finishing)
    finally:
        cancel()


async def nothing_more() -> Message:
    """The `receive` of an app whose request is already in its call."""
    return {"type": "http.disconnect"}
