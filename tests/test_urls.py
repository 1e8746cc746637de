from __future__ import annotations

import pytest

from ccgate.providers import preset
from ccgate.urls import join

CHAT = "/chat/completions"
MESSAGES = "/v1/messages"
COUNT = "/v1/messages/count_tokens"
GOOGLE = "https://generativelanguage.googleapis.com"
ASK = "/models/gemini-3-pro:streamGenerateContent?alt=sse"


@pytest.mark.parametrize(
    ("kind", "base_url", "path", "url"),
    [
        # what the vendors print
        ("anthropic", "https://api.anthropic.com", MESSAGES, "https://api.anthropic.com/v1/messages"),
        ("anthropic", "https://api.anthropic.com", COUNT, "https://api.anthropic.com/v1/messages/count_tokens"),
        ("openai", "https://api.openai.com/v1", CHAT, "https://api.openai.com/v1/chat/completions"),
        ("deepseek", "https://api.deepseek.com", CHAT, "https://api.deepseek.com/chat/completions"),
        ("openrouter", "https://openrouter.ai/api/v1", CHAT, "https://openrouter.ai/api/v1/chat/completions"),
        ("openai-responses", "https://api.openai.com/v1", "/responses", "https://api.openai.com/v1/responses"),
        ("gemini", f"{GOOGLE}/v1beta", ASK, f"{GOOGLE}/v1beta{ASK}"),
        ("zai-anthropic", "https://api.z.ai/api/anthropic", MESSAGES, "https://api.z.ai/api/anthropic/v1/messages"),
        # no path at all: the kind's own
        ("openai-responses", "https://api.openai.com", "/models", "https://api.openai.com/v1/models"),
        ("gemini", GOOGLE, "/models", f"{GOOGLE}/v1beta/models"),
        ("zai-anthropic", "https://api.z.ai", MESSAGES, "https://api.z.ai/api/anthropic/v1/messages"),
        ("azure-openai", "https://r.openai.azure.com", CHAT, "https://r.openai.azure.com/openai/v1/chat/completions"),
        ("openai", "https://api.openai.com", CHAT, "https://api.openai.com/v1/chat/completions"),
        ("openai", "https://api.openai.com/", "/models", "https://api.openai.com/v1/models"),
        ("openai-compatible", "http://127.0.0.1:8000", CHAT, "http://127.0.0.1:8000/v1/chat/completions"),
        ("openrouter", "https://openrouter.ai", CHAT, "https://openrouter.ai/api/v1/chat/completions"),
        # a given path is used as written
        ("openai-compatible", "https://h/api/paas/v4", CHAT, "https://h/api/paas/v4/chat/completions"),
        ("openai-compatible", "https://h/models", CHAT, "https://h/models/chat/completions"),
        ("openai-compatible", "https://h/chat", CHAT, "https://h/chat/chat/completions"),
        ("anthropic-compatible", "https://h/anthropic", MESSAGES, "https://h/anthropic/v1/messages"),
        # a trailing slash is dropped
        ("openai", "https://h/v1/", CHAT, "https://h/v1/chat/completions"),
        ("anthropic-compatible", "https://h/anthropic//", MESSAGES, "https://h/anthropic/v1/messages"),
        # what we append is not doubled
        ("openai", "https://h/v1/chat/completions", CHAT, "https://h/v1/chat/completions"),
        ("openai", "https://h/v1/chat/completions/", CHAT, "https://h/v1/chat/completions"),
        ("openai", "https://h/v1/chat/completions", "/models", "https://h/v1/models"),
        ("anthropic", "https://h/v1/messages", MESSAGES, "https://h/v1/messages"),
        ("anthropic", "https://h/v1/messages", COUNT, "https://h/v1/messages/count_tokens"),
        ("anthropic", "https://h/v1/messages", "/v1/models", "https://h/v1/models"),
        ("anthropic", "https://h/v1", MESSAGES, "https://h/v1/messages"),
        ("anthropic", "https://h/api/v1/", MESSAGES, "https://h/api/v1/messages"),
        ("gemini", f"{GOOGLE}/v1beta/models", ASK, f"{GOOGLE}/v1beta{ASK}"),
        ("deepseek", "https://h/v1", CHAT, "https://h/v1/chat/completions"),
        # a host that looks like a version is a host
        ("anthropic", "https://v1", MESSAGES, "https://v1/v1/messages"),
        ("anthropic", "https://h/api-v1", MESSAGES, "https://h/api-v1/v1/messages"),
        # the caller's query goes along
        ("anthropic", "https://h/v1", MESSAGES + "?beta=true", "https://h/v1/messages?beta=true"),
        ("anthropic", "https://h/v1/messages", MESSAGES + "?beta=true", "https://h/v1/messages?beta=true"),
        # IPv6 and ports
        ("openai", "http://[::1]:9", CHAT, "http://[::1]:9/v1/chat/completions"),
    ],
)
def test_a_path_is_put_behind_a_base_url_once(kind: str, base_url: str, path: str, url: str) -> None:
    known = preset(kind)
    given = join(base_url, path, default_path=known.default_path, version=known.version, endpoint=known.endpoint)
    assert given == url


def test_nothing_but_the_path_is_added_when_nothing_else_is_said() -> None:
    assert join("https://h", "/x") == "https://h/x"
