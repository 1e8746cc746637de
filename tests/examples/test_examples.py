"""Every example is run, with a demo model where its providers would be."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from starlette.testclient import TestClient

from ccgate.settings import load
from ccgate.testing import ScriptedReply, ScriptedTransport, ask
from ccgate.testing.demo import DemoModel
from ccgate.transport import AsgiTransport

EXAMPLES = Path(__file__).parents[2] / "examples"
NEED_KEYS = ("compose_parts", "mount_fastapi", "mount_starlette", "own_middleware")
QUESTION = {"model": "claude-haiku-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello"}]}
KEY = "sk-provider-0123456789"
CALLER = {"x-api-key": "sk-caller-0123456789"}


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def demo() -> AsgiTransport:
    return AsgiTransport(DemoModel(pace=0))


def test_every_example_is_tested_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*NEED_KEYS, "translate_alone", "translate_every"}


def test_the_gateway_answers_below_the_prefix_of_a_starlette_service() -> None:
    app = example("mount_starlette").build(KEY, transport=demo())
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        reply = client.post("/llm/v1/messages", json=QUESTION)
    assert reply.status_code == 200
    assert reply.json()["role"] == "assistant"
    assert reply.headers["x-ccgate-provider"] == "anthropic"


def test_the_gateway_answers_beside_the_routes_of_a_fastapi_service() -> None:
    app = example("mount_fastapi").build(KEY, CALLER["x-api-key"], transport=demo())
    client = TestClient(app)
    assert client.get("/hello").json() == {"hello": "from the service itself"}
    reply = client.post("/tools/llm/v1/messages", json=QUESTION, headers=CALLER)
    assert reply.status_code == 200
    assert reply.json()["model"] == "claude-haiku-4-5"
    assert reply.headers["x-ccgate-model"] == "deepseek-v4"
    assert client.post("/tools/llm/v1/messages", json=QUESTION).status_code == 401


async def test_an_own_middleware_refuses_in_the_callers_dialect_and_an_own_observer_counts() -> None:
    module = example("own_middleware")
    spending = module.Spending()
    app = module.build(KEY, CALLER["x-api-key"], spending, transport=demo())
    answers = [await ask(app, path="/v1/messages", body=QUESTION, headers=CALLER) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["type"] == "rate_limit_error"
    assert "ann has made its 2 calls" in answers[2].json()["error"]["message"]
    usage = answers[0].json()["usage"]
    assert spending.tokens == {"ann": 2 * (usage["input_tokens"] + usage["output_tokens"])}


async def test_the_parts_answer_without_a_gateway_and_stand_in_for_each_other() -> None:
    refusal = ScriptedReply(503, ((b"content-type", b"application/json"),), (b'{"error":{"message":"later"}}',))
    page = (b"content-type", b"application/json")
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": "Hi"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 1},
    }
    body = json.dumps(message).encode()
    transport = ScriptedTransport([refusal, ScriptedReply(200, (page,), (body,))])
    app = example("compose_parts").build("sk-anthropic-012345", "sk-deepseek-012345", "caller", transport=transport)
    assert (await ask(app, path="/v1/messages", body=QUESTION)).status == 401
    answer = await ask(app, path="/v1/messages", body=QUESTION, headers={"authorization": "Bearer caller"})
    assert (answer.status, answer.body) == (200, body)
    assert [sent.url for sent in transport.sent] == [
        "https://api.deepseek.com/chat/completions",
        "https://api.anthropic.com/v1/messages",
    ]
    assert answer.header("x-ccgate-route") == "fast"
    assert transport.unclosed == []


async def test_the_parts_answer_chat_callers_too() -> None:
    app = example("compose_parts").build("sk-anthropic-012345", "sk-deepseek-012345", "caller", transport=demo())
    question = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hello"}]}
    answer = await ask(app, path="/v1/chat/completions", body=question, headers={"authorization": "Bearer caller"})
    assert answer.status == 200
    assert answer.json()["object"] == "chat.completion"
    assert answer.header("x-ccgate-route") == "rest"


def test_the_translators_alone_say_the_same_in_the_other_dialect(capsys: pytest.CaptureFixture[str]) -> None:
    module = example("translate_alone")
    body, losses = module.to_chat(module.REQUEST, "gpt-x")
    assert body["model"] == "gpt-x"
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["tools"][0]["function"]["name"] == "weather"
    assert losses == ()
    module.main()
    out = capsys.readouterr().out
    assert out.index("event: message_start") < out.index('"input_json_delta"') < out.index("event: message_stop")
    assert '"stop_reason":"tool_use"' in out


@pytest.mark.parametrize("dialect", ["anthropic", "openai_chat", "openai_responses", "gemini"])
def test_each_translator_is_used_alone_in_both_directions(dialect: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = example("translate_every")
    path, body = module.request_as(dialect, module.CHAT, of="openai_chat", model="some-model")
    assert "Hello?" in json.dumps(body)
    for stream in (True, False):
        reply = module.reply_of(dialect, module.reply_as(dialect, module.REPLY, stream=stream), stream=stream)
        assert [block.text for block in reply.blocks] == ["Hello."]
    module.main()
    assert f"{dialect}: POST {path}\n" in capsys.readouterr().out


def test_the_example_configuration_loads_without_a_warning(tmp_path: Path) -> None:
    environ = {
        "CCGATE_API_KEY": "sk-caller-0123456789",
        "ANTHROPIC_API_KEY": "sk-anthropic-0123456789",
        "DEEPSEEK_API_KEY": "sk-deepseek-0123456789",
    }
    copy = tmp_path / "ccgate.toml"
    copy.write_bytes((EXAMPLES / "ccgate.toml").read_bytes())
    copy.chmod(0o600)
    loaded = load(copy, environ=environ, home=tmp_path)
    assert loaded.warnings == ()
    assert [provider.name for provider in loaded.config.providers] == ["anthropic", "deepseek", "local"]


@pytest.mark.parametrize("name", NEED_KEYS)
def test_an_example_without_its_keys_says_which(name: str) -> None:
    environ = {key: value for key, value in os.environ.items() if not key.endswith("_KEY")}
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"], env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert "_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr
