"""The kinds this version knows. A new provider of a known dialect is one more record here."""

from __future__ import annotations

from ccgate.providers.preset import Preset

ANTHROPIC = Preset(
    kind="anthropic",
    dialect="anthropic",
    base_url="https://api.anthropic.com",
    version="/v1",
    endpoint="/v1/messages",
    auth="x-api-key",
    vendor_key="ANTHROPIC_API_KEY",
    source="https://docs.anthropic.com/en/api/messages",
)
ANTHROPIC_COMPATIBLE = Preset(
    kind="anthropic-compatible",
    dialect="anthropic",
    base_url="",
    version="/v1",
    endpoint="/v1/messages",
    auth="x-api-key",
    vendor_key=None,
    source="https://docs.anthropic.com/en/api/messages",
)
OPENAI = Preset(
    kind="openai",
    dialect="openai_chat",
    base_url="https://api.openai.com/v1",
    default_path="/v1",
    endpoint="/chat/completions",
    auth="bearer",
    vendor_key="OPENAI_API_KEY",
    source="https://platform.openai.com/docs/api-reference/chat",
)
OPENAI_COMPATIBLE = Preset(
    kind="openai-compatible",
    dialect="openai_chat",
    base_url="",
    default_path="/v1",
    endpoint="/chat/completions",
    auth="bearer",
    vendor_key=None,
    source="https://platform.openai.com/docs/api-reference/chat",
)
DEEPSEEK = Preset(
    kind="deepseek",
    dialect="openai_chat",
    base_url="https://api.deepseek.com",
    endpoint="/chat/completions",
    auth="bearer",
    vendor_key="DEEPSEEK_API_KEY",
    source="https://api-docs.deepseek.com/",
)
OPENROUTER = Preset(
    kind="openrouter",
    dialect="openai_chat",
    base_url="https://openrouter.ai/api/v1",
    default_path="/api/v1",
    endpoint="/chat/completions",
    auth="bearer",
    vendor_key="OPENROUTER_API_KEY",
    source="https://openrouter.ai/docs/api-reference/overview",
)

PRESETS: tuple[Preset, ...] = (
    ANTHROPIC,
    ANTHROPIC_COMPATIBLE,
    OPENAI,
    OPENAI_COMPATIBLE,
    DEEPSEEK,
    OPENROUTER,
)

ANNOUNCED = (
    "openai-responses",
    "gemini",
    "groq",
    "mistral",
    "xai",
    "ollama",
    "deepseek-anthropic",
    "zai-anthropic",
)
"""Kinds a later version will know: naming one is not a typing mistake."""
