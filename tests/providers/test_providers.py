from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ccgate import Auth, Config, Gateway, Provider
from ccgate.errors import ConfigError
from ccgate.providers import KINDS, PRESETS, Preset, preset
from ccgate.providers.preset import AUTHS
from ccgate.testing import ScriptedReply, ScriptedTransport, ask
from ccgate.translators import find

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
KEY = "sk-provider-0123456789"
HI = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize("known", PRESETS, ids=lambda known: known.kind)
def test_every_record_cites_its_page_and_is_found_by_its_kind(known: Preset) -> None:
    assert preset(known.kind) is known
    assert known.source.startswith("https://")
    assert known.auth is None or known.auth in AUTHS
    assert known.version in known.default_path + known.endpoint
    assert find(known.translator).dialect == known.dialect
    assert known.vendor_key is None or re.fullmatch(r"[A-Z_]+_API_KEY", known.vendor_key)


@pytest.mark.parametrize("known", [known for known in PRESETS if known.base_url], ids=lambda known: known.kind)
def test_a_default_path_is_the_one_of_the_default_base_url(known: Preset) -> None:
    assert urlsplit(known.base_url).path == known.default_path
    assert urlsplit(known.base_url).scheme == ("http" if "localhost" in known.base_url else "https")


def test_no_kind_is_listed_twice() -> None:
    assert len(set(KINDS)) == len(KINDS)


@pytest.mark.parametrize("known", PRESETS, ids=lambda known: known.kind)
def test_a_kind_with_a_dialect_in_its_name_speaks_it(known: Preset) -> None:
    assert (known.dialect == "anthropic") == ("anthropic" in known.kind)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("antropic", "kind: unknown kind (did you mean 'anthropic'?)"),
        ("", f"kind: unknown kind (known: {', '.join(KINDS)})"),
    ],
)
def test_an_unknown_kind_is_told_with_what_was_meant(kind: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        preset(kind)
    assert str(caught.value) == text


SHOWN = {
    "anthropic": (b"x-api-key", KEY),
    "deepseek-anthropic": (b"x-api-key", KEY),
    "zai-anthropic": (b"authorization", f"Bearer {KEY}"),
    "openrouter-anthropic": (b"authorization", f"Bearer {KEY}"),
    "openai": (b"authorization", f"Bearer {KEY}"),
    "deepseek": (b"authorization", f"Bearer {KEY}"),
    "azure-openai": (b"api-key", KEY),
    "gemini": (b"x-goog-api-key", KEY),
}
"""How some kinds want to see a key."""

SENT = {
    "anthropic": "https://api.anthropic.com/v1/messages",
    "anthropic-compatible": "https://h/v1/messages",
    "openai": "https://api.openai.com/v1/chat/completions",
    "openai-compatible": "https://h/v1/chat/completions",
    "azure-openai": "https://h/openai/v1/chat/completions",
    "openai-responses": "https://api.openai.com/v1/responses",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent",
    "deepseek-anthropic": "https://api.deepseek.com/anthropic/v1/messages",
    "moonshot-anthropic": "https://api.moonshot.ai/anthropic/v1/messages",
    "zai-anthropic": "https://api.z.ai/api/anthropic/v1/messages",
    "minimax-anthropic": "https://api.minimax.io/anthropic/v1/messages",
    "qwen-anthropic": "https://h/apps/anthropic/v1/messages",
    "deepseek": "https://api.deepseek.com/chat/completions",
    "moonshot": "https://api.moonshot.ai/v1/chat/completions",
    "zai": "https://api.z.ai/api/paas/v4/chat/completions",
    "minimax": "https://api.minimax.io/v1/chat/completions",
    "qwen": "https://h/compatible-mode/v1/chat/completions",
    "mistral": "https://api.mistral.ai/v1/chat/completions",
    "xai": "https://api.x.ai/v1/chat/completions",
    "openrouter-anthropic": "https://openrouter.ai/api/v1/messages",
    "fireworks-anthropic": "https://api.fireworks.ai/inference/v1/messages",
    "openrouter": "https://openrouter.ai/api/v1/chat/completions",
    "groq": "https://api.groq.com/openai/v1/chat/completions",
    "together": "https://api.together.ai/v1/chat/completions",
    "fireworks": "https://api.fireworks.ai/inference/v1/chat/completions",
    "cerebras": "https://api.cerebras.ai/v1/chat/completions",
    "ollama-anthropic": "http://localhost:11434/v1/messages",
    "ollama": "http://localhost:11434/v1/chat/completions",
    "vllm": "http://localhost:8000/v1/chat/completions",
    "sglang": "http://localhost:30000/v1/chat/completions",
    "lm-studio": "http://localhost:1234/v1/chat/completions",
    "llama-cpp": "http://localhost:8080/v1/chat/completions",
}
"""Where a call goes when nothing but the kind is said, or the host where the vendor gives each customer one."""


@pytest.mark.parametrize("kind", KINDS)
async def test_a_call_reaches_the_vendors_endpoint_with_its_key(kind: str) -> None:
    transport = ScriptedTransport([ScriptedReply(200, ((b"content-type", b"application/json"),), (b"{}",))])
    where = {} if preset(kind).base_url else {"base_url": "https://h"}
    asked = Provider(name="p", kind=kind, api_key=KEY, **where)
    gateway = Gateway(Config(providers=[asked], auth=Auth(open=True)), transport=transport)
    messages = preset(kind).dialect == "anthropic"
    path = "/v1/chat/completions" if preset(kind).dialect == "openai_chat" else "/v1/messages"
    await ask(gateway, path=path, body={"model": "m", "max_tokens": 5, "messages": HI})
    [sent] = transport.sent
    assert sent.url == SENT[kind]
    usual = (b"x-api-key", KEY) if messages and preset(kind).auth is None else (b"authorization", f"Bearer {KEY}")
    name, value = SHOWN.get(kind, usual)
    assert dict(sent.headers)[name] == value.encode()
    assert KEY not in str([line for line in sent.headers if line[0] != name])


async def test_a_variant_relays_a_client_of_its_own_dialect_untouched() -> None:
    """A Chat client of a DeepSeek provider is its own translator: nothing is added, nothing is taken away."""
    transport = ScriptedTransport([ScriptedReply(200, ((b"content-type", b"application/json"),), (b"{}",))])
    config = Config(providers=[Provider(name="deepseek", api_key=KEY)], auth=Auth(open=True))
    body = {"model": "m", "messages": [*HI, {"role": "assistant", "content": "x"}, *HI], "tool_choice": "required"}
    await ask(Gateway(config, transport=transport), path="/v1/chat/completions", body=body)
    assert b"reasoning_content" not in transport.sent[0].body
    assert b'"required"' in transport.sent[0].body


async def test_a_variant_writes_for_a_client_of_another_dialect() -> None:
    transport = ScriptedTransport([ScriptedReply(200, ((b"content-type", b"application/json"),), (b"{}",))])
    config = Config(providers=[Provider(name="deepseek", api_key=KEY)], auth=Auth(open=True))
    body = {"model": "m", "max_tokens": 5, "messages": [*HI, {"role": "assistant", "content": "x"}, *HI]}
    await ask(Gateway(config, transport=transport), path="/v1/messages", body=body)
    assert b'"reasoning_content":""' in transport.sent[0].body


@pytest.mark.parametrize(
    ("kind", "field", "thought"),
    [
        ("deepseek", "reasoning_content", "hm"),
        ("moonshot", "reasoning_content", "hm"),
        ("zai", "reasoning_content", "hm"),
        ("openrouter", "reasoning_details", [{"type": "reasoning.encrypted", "data": "gAAA", "index": 0}]),
    ],
)
async def test_a_thought_comes_back_to_the_provider_that_had_it(kind: str, field: str, thought: object) -> None:
    """Twice through the whole gateway, as a client of another dialect with a tool makes two requests of one turn."""
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, field: thought, "tool_calls": [call]}
    answer = {"id": "r", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    page = ScriptedReply(200, ((b"content-type", b"application/json"),), (json.dumps(answer).encode(),))
    transport = ScriptedTransport([page, page])
    config = Config(providers=[Provider(name="p", kind=kind, api_key=KEY, models=["kimi-k3"])], auth=Auth(open=True))
    gateway = Gateway(config, transport=transport)
    asked = {"model": "kimi-k3", "max_tokens": 5, "messages": HI}
    first = await ask(gateway, path="/v1/messages", body=asked)
    result = {"type": "tool_result", "tool_use_id": "c1", "content": "sunny"}
    said = [{"role": "assistant", "content": first.json()["content"]}, {"role": "user", "content": [result]}]
    await ask(gateway, path="/v1/messages", body=asked | {"messages": [*HI, *said]})
    sent = json.loads(transport.sent[1].body)["messages"]
    assert [m[field] for m in sent if m["role"] == "assistant"] == [thought]


# The page


def table() -> list[str]:
    """The rows of docs/providers.md, as the records have them."""
    rows = ["| kind | speaks | base URL | we append | key variable | page |", "|---|---|---|---|---|---|"]
    for known in PRESETS:
        url = f"`{known.base_url}`" if known.base_url else f"yours, else `{known.default_path}` is added"
        key = f"`{known.vendor_key}`" if known.vendor_key else "none"
        url = "yours" if not (known.base_url or known.default_path) else url
        page = f"[{_host(known)}]({known.source})"
        cells = (f"`{known.kind}`", f"`{known.dialect}`", url, f"`{known.endpoint}`", key, page)
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _host(known: Preset) -> str:
    return urlsplit(known.source).netloc.removeprefix("www.")


def test_the_table_of_kinds_is_the_records() -> None:
    """When it is not: `python -c "import test_providers; print(*test_providers.table(), sep=chr(10))"` prints it."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index(table()[0])
    end = next(n for n in range(start, len(lines)) if not lines[n].startswith("|"))
    assert lines[start:end] == table()


def test_the_page_recommends_a_kind_that_exists() -> None:
    named = set(re.findall(r"`([a-z0-9][a-z0-9-]+)`", PAGE.read_text(encoding="utf-8").partition("## Which kind")[2]))
    assert {each for each in named if each.endswith(("-anthropic", "-compatible"))} <= set(KINDS)
