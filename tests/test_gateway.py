"""The gateway as hosts use it: mounted, alone, in several loops, and what it says of itself."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from ccgate import Auth, Gateway
from ccgate import Route as CcgateRoute
from ccgate.testing import ScriptedReply, ScriptedTransport, ask, open_call
from ccgate.testing.demo import DemoModel
from ccgate.testing.serve import serving
from gateways import CALLER, CHAT, MESSAGES, config, error, gateway, provider

JSON_PAGE = ((b"content-type", b"application/json"),)


# Mounted


def starlette(app: Gateway, prefix: str, *, lifespan: bool = True) -> Starlette:
    return Starlette(routes=[Mount(prefix, app=app)], lifespan=app.lifespan if lifespan else None)


def fastapi(app: Gateway, prefix: str, *, lifespan: bool = True) -> FastAPI:
    host = FastAPI(lifespan=app.lifespan if lifespan else None)
    host.mount(prefix, app)
    return host


hosts = pytest.mark.parametrize("mount", [starlette, fastapi])


@hosts
@pytest.mark.parametrize("path", ["/llm/v1/messages", "/llm/v1/v1/messages"])
async def test_a_host_mounts_the_gateway_below_a_prefix(mount: Any, path: str) -> None:
    answer = await ask(mount(gateway(), "/llm"), path=path, body=MESSAGES, headers=CALLER)
    assert answer.status == 200
    assert answer.json()["type"] == "message"


@hosts
async def test_a_prefix_may_have_several_parts(mount: Any) -> None:
    answer = await ask(mount(gateway(), "/a/b"), path="/a/b/v1/chat/completions", body=CHAT, headers=CALLER)
    assert answer.json()["object"] == "chat.completion"


@hosts
async def test_mounted_in_a_host_the_gateways_own_paths_are_below_the_prefix(mount: Any) -> None:
    host = mount(gateway(), "/llm")
    assert (await ask(host, "GET", "/llm/health")).json()["status"] == "ok"
    assert (await ask(host, "HEAD", "/llm/")).status == 200
    assert (await ask(host, "GET", "/health")).status == 404


@hosts
def test_the_hosts_lifespan_closes_what_the_gateway_opened_each_time(mount: Any) -> None:
    transport = ScriptedTransport(lambda _: ScriptedReply(200, JSON_PAGE, (b"{}",)))
    host = mount(Gateway(config(), transport=transport), "/llm")
    for times in (1, 2):
        with TestClient(host) as client:
            assert client.post("/llm/v1/messages", json=MESSAGES, headers=CALLER).json() == {}
        assert transport.closed == times


@hosts
def test_without_the_hosts_lifespan_the_gateway_starts_by_itself(mount: Any) -> None:
    host = mount(gateway(), "/llm", lifespan=False)
    with TestClient(host) as client:
        assert client.post("/llm/v1/messages", json=MESSAGES, headers=CALLER).status_code == 200
    assert TestClient(host).post("/llm/v1/messages", json=MESSAGES, headers=CALLER).status_code == 200


async def test_a_host_with_a_lifespan_of_its_own_uses_async_with() -> None:
    transport = ScriptedTransport([ScriptedReply(200, JSON_PAGE, (b"{}",))])
    app = Gateway(config(), transport=transport)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app as entered:
            assert entered is app
            yield

    host = Starlette(routes=[Mount("/llm", app=app)], lifespan=lifespan)
    async with lifespan(host):
        assert (await ask(host, path="/llm/v1/messages", body=MESSAGES, headers=CALLER)).body == b"{}"
        assert transport.closed == 0
    assert transport.closed == 1


def test_a_server_that_runs_the_gateway_alone_tells_it_of_its_end() -> None:
    transport = ScriptedTransport()
    app = Gateway(config(), transport=transport)
    with TestClient(app) as client:
        assert client.get("/health").json()["status"] == "ok"
    assert transport.closed == 1
    assert not app.draining


async def test_a_hosts_own_middleware_stands_before_the_gateway() -> None:
    async def dispatch(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-host"] = "seen"
        return response

    host = Starlette(
        routes=[Mount("/llm", app=gateway()), Route("/own", lambda _: PlainTextResponse("own"))],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=dispatch)],
    )
    for body in (MESSAGES, {**MESSAGES, "stream": True}):
        answer = await ask(host, path="/llm/v1/messages", body=body, headers=CALLER)
        assert (answer.status, answer.header("x-host")) == (200, "seen")
    assert answer.body.endswith(b"\n\n")
    assert b"event: message_stop" in answer.body
    assert (await ask(host, "GET", "/own")).body == b"own"


async def test_behind_a_hosts_middleware_a_hang_up_before_the_head_is_logged_by_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked, never = anyio.Event(), anyio.Event()

    def silent(_: object) -> ScriptedReply:
        asked.set()
        return ScriptedReply(before=(never,))

    async def dispatch(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    transport = ScriptedTransport(silent)
    app = Gateway(config(), transport=transport)
    host = Starlette(routes=[Mount("/llm", app=app)], middleware=[Middleware(BaseHTTPMiddleware, dispatch=dispatch)])
    with caplog.at_level(logging.WARNING):
        async with open_call(host, path="/llm/v1/messages", body=MESSAGES, headers=CALLER) as call:
            with anyio.fail_after(2):
                await asked.wait()
            call.hang_up()
            await call.ended()
    assert transport.aborted
    assert transport.unclosed == []
    assert [record for record in caplog.records if record.exc_info] == []


# Several of them, and several loops


async def test_two_gateways_in_one_process_share_nothing() -> None:
    replies = [ScriptedTransport(lambda _, body=body: ScriptedReply(200, JSON_PAGE, (body,))) for body in (b"1", b"2")]
    one, two = (
        Gateway(config(auth=Auth(api_keys=[key]), providers=[provider(api_key=f"sk-of-{key}")]), transport=transport)
        for key, transport in zip(("first-key", "second-key"), replies, strict=True)
    )
    host = Starlette(routes=[Mount("/one", app=one), Mount("/two", app=two)])
    for path, key, status in (
        ("/one", "first-key", 200),
        ("/one", "second-key", 401),
        ("/two", "first-key", 401),
        ("/two", "second-key", 200),
    ):
        answer = await ask(host, path=f"{path}/v1/messages", body=MESSAGES, headers={"x-api-key": key})
        assert answer.status == status
    shown = [[dict(sent.headers)[b"x-api-key"] for sent in transport.sent] for transport in replies]
    assert shown == [[b"sk-of-first-key"], [b"sk-of-second-key"]]
    assert one.instance != two.instance


@contextlib.contextmanager
def on_a_socket() -> Iterator[Gateway]:
    """A gateway whose provider is a demo model behind a real server, asked with the transport that it makes itself."""
    with serving(DemoModel(pace=0)) as url:
        yield Gateway(config(providers=[provider(base_url=url)]))


def test_one_gateway_serves_one_event_loop_after_the_other() -> None:
    with on_a_socket() as app:
        for _ in range(2):
            with TestClient(Starlette(routes=[Mount("/llm", app=app)], lifespan=app.lifespan)) as client:
                reply = client.post("/llm/v1/messages", json=MESSAGES, headers=CALLER)
                assert reply.json()["type"] == "message"


def test_one_gateway_runs_on_asyncio_and_then_on_trio() -> None:
    async def twice(app: Gateway) -> None:
        async with app:
            for _ in range(2):
                answer = await ask(app, path="/v1/messages", body=MESSAGES, headers=CALLER)
                assert answer.json()["type"] == "message"

    with on_a_socket() as app:
        for backend in ("asyncio", "trio", "asyncio"):
            anyio.run(twice, app, backend=backend)


async def test_calls_at_the_same_time_start_the_gateway_once() -> None:
    with on_a_socket() as app:
        statuses: list[int] = []

        async def one() -> None:
            statuses.append((await ask(app, path="/v1/messages", body=MESSAGES, headers=CALLER)).status)

        async with app, anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(one)
        assert statuses == [200] * 8


def test_one_gateway_serves_several_event_loops_in_threads_at_once() -> None:
    async def several(app: Gateway) -> list[int]:
        async with app:
            answers = [await ask(app, path="/v1/messages", body=MESSAGES, headers=CALLER) for _ in range(5)]
        return [answer.status for answer in answers]

    with on_a_socket() as app, ThreadPoolExecutor() as threads:
        backends = ("asyncio", "trio") * 2
        runs = [threads.submit(anyio.run, several, app, backend=backend) for backend in backends]
        assert [run.result(timeout=20) for run in runs] == [[200] * 5] * len(backends)


@hosts
def test_a_host_may_itself_be_behind_a_prefix(mount: Any) -> None:
    client = TestClient(mount(gateway(), "/llm"), root_path="/api")
    assert client.post("/api/llm/v1/messages", json=MESSAGES, headers=CALLER).status_code == 200


# What it says of itself


@pytest.mark.parametrize(
    ("providers", "status"),
    [([provider()], "ok"), ([], "unconfigured"), ([provider(enabled=False)], "unconfigured")],
)
async def test_health_needs_no_key_and_is_well_with_and_without_providers(providers: Any, status: str) -> None:
    app = gateway(providers=providers)
    answer = await ask(app, "GET", "/health")
    assert answer.status == 200
    assert answer.json() == {"status": status, "version": answer.json()["version"], "instance": app.instance}


async def test_health_is_503_while_draining() -> None:
    app = gateway()
    app.draining = True
    answer = await ask(app, "GET", "/health")
    assert (answer.status, answer.json()["status"]) == (503, "draining")


@pytest.mark.parametrize("path", ["/", "/api/hello"])
async def test_a_clients_first_look_is_answered_without_a_key(path: str) -> None:
    answer = await ask(gateway(), "HEAD", path)
    assert (answer.status, answer.body) == (200, b"")


def test_its_repr_names_the_providers_and_no_key() -> None:
    app = gateway()
    assert repr(app) == f"<Gateway {app.instance} [anthropic]>"


MODELS = [provider(models=["claude-a", "claude-b"])]


async def test_models_are_listed_in_the_shape_of_whoever_asks() -> None:
    app = gateway(providers=MODELS, routes=[CcgateRoute(when=[{"rule": "model", "matches": "nick"}], to=["anthropic"])])
    assert app.models == ("nick", "claude-a", "claude-b")
    chat = (await ask(app, "GET", "/v1/models", headers=CALLER)).json()
    assert chat["object"] == "list"
    assert [model["id"] for model in chat["data"]] == ["nick", "claude-a", "claude-b"]
    anthropic = (await ask(app, "GET", "/v1/models", headers={**CALLER, "anthropic-version": "2023-06-01"})).json()
    assert (anthropic["first_id"], anthropic["last_id"], anthropic["has_more"]) == ("nick", "claude-b", False)
    assert {model["type"] for model in anthropic["data"]} == {"model"}


async def test_one_model_is_described_and_one_that_is_not_listed_is_404() -> None:
    app = gateway(providers=MODELS)
    headers = {**CALLER, "anthropic-version": "2023-06-01"}
    assert (await ask(app, "GET", "/v1/models/claude-b", headers=headers)).json()["id"] == "claude-b"
    answer = await ask(app, "GET", "/v1/models/claude-c", headers=headers)
    assert answer.status == 404
    assert error(answer, "anthropic")["type"] == "not_found_error"


async def test_models_need_the_key() -> None:
    assert (await ask(gateway(), "GET", "/v1/models")).status == 401
    assert (await ask(gateway(), "GET", "/v1/models/claude-a")).status == 401
