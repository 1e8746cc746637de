"""Kinds that speak the Messages API: its own vendor, and others who offer it beside Chat."""

from __future__ import annotations

from urllib.parse import urlsplit

from ccgate.providers.preset import Preset


def messages(
    kind: str,
    base_url: str,
    source: str,
    *,
    key: str | None = None,
    path: str = "",
    auth: str | None = None,
) -> Preset:
    """`path` is the default path, where there is no base URL that has it. `key` is the vendor's variable."""
    return Preset(
        kind=kind,
        dialect="anthropic",
        base_url=base_url,
        default_path=path or urlsplit(base_url).path,
        version="/v1",
        endpoint="/v1/messages",
        auth=auth,
        vendor_key=key,
        source=source,
    )


REFERENCE = "https://platform.claude.com/docs/en/api/messages"

ANTHROPIC = (
    messages("anthropic", "https://api.anthropic.com", REFERENCE, key="ANTHROPIC_API_KEY"),
    messages("anthropic-compatible", "", REFERENCE),
)

MAKERS = (
    messages(
        "deepseek-anthropic",
        "https://api.deepseek.com/anthropic",
        "https://api-docs.deepseek.com/guides/anthropic_api",
        key="DEEPSEEK_API_KEY",
    ),
    messages(
        "moonshot-anthropic",
        "https://api.moonshot.ai/anthropic",
        "https://platform.kimi.ai/docs/api/overview",
        key="MOONSHOT_API_KEY",
        auth="bearer",
    ),
    messages(
        "zai-anthropic",
        "https://api.z.ai/api/anthropic",
        "https://docs.z.ai/devpack/tool/claude",
        key="ZAI_API_KEY",
        auth="bearer",
    ),
    messages(
        "minimax-anthropic",
        "https://api.minimax.io/anthropic",
        "https://platform.minimax.io/docs/api-reference/text-anthropic-api",
        key="MINIMAX_API_KEY",
        auth="bearer",
    ),
    messages(
        "qwen-anthropic",
        "",
        "https://www.alibabacloud.com/help/en/model-studio/anthropic-api-messages",
        key="DASHSCOPE_API_KEY",
        path="/apps/anthropic",
    ),
)

HOSTS = (
    messages(
        "openrouter-anthropic",
        "https://openrouter.ai/api",
        "https://openrouter.ai/docs/cookbook/coding-agents/claude-code-integration",
        key="OPENROUTER_API_KEY",
        auth="bearer",
    ),
    messages(
        "fireworks-anthropic",
        "https://api.fireworks.ai/inference",
        "https://docs.fireworks.ai/tools-sdks/anthropic-compatibility",
        key="FIREWORKS_API_KEY",
        auth="bearer",
    ),
)

OWN = (
    messages(
        "ollama-anthropic",
        "http://localhost:11434",
        "https://docs.ollama.com/api/anthropic-compatibility",
        auth="bearer",
    ),
)
