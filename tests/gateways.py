"""A gateway before a demo model in the same process, and what is asked of it in each dialect."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate import Auth, Config, Gateway, Provider
from ccgate.testing import Answer
from ccgate.testing.demo import DemoModel
from ccgate.transport import AsgiTransport
from upstreams import KEY

CALLER = {"authorization": f"Bearer {KEY}"}
MESSAGES = {"model": "claude-haiku-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello"}]}
CHAT = {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "Hello"}]}
PATHS = {"anthropic": "/v1/messages", "openai_chat": "/v1/chat/completions"}
BODIES = {"anthropic": MESSAGES, "openai_chat": CHAT}

both_dialects = pytest.mark.parametrize("dialect", ["anthropic", "openai_chat"])


def provider(**more: Any) -> Provider:
    return Provider(**{"name": "anthropic", "api_key": "sk-provider-0123456789", **more})


def config(**more: Any) -> Config:
    return Config(**{"providers": [provider()], "auth": Auth(api_keys=[KEY]), **more})


def demo() -> AsgiTransport:
    return AsgiTransport(DemoModel(pace=0))


def gateway(**more: Any) -> Gateway:
    return Gateway(config(**more), transport=demo())


def error(answer: Answer, dialect: str) -> dict[str, Any]:
    """The error of an answer, which must be in this dialect."""
    document = answer.json()
    if dialect == "anthropic":
        assert document["type"] == "error"
        assert set(document["error"]) >= {"type", "message"}
    else:
        assert "type" not in document
        assert set(document["error"]) >= {"type", "message", "param", "code"}
    return document["error"]
