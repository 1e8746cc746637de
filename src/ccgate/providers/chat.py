"""Kinds that speak Chat Completions: vendors, routers, and servers of one's own."""

from __future__ import annotations

from urllib.parse import urlsplit

from ccgate.providers.preset import Preset

DIALECT = "openai_chat"


def chat(
    kind: str,
    base_url: str,
    source: str,
    *,
    key: str | None = None,
    path: str = "",
    translator: str = DIALECT,
    auth: str | None = None,
) -> Preset:
    """`path` is the default path, where there is no base URL that has it. `key` is the vendor's variable."""
    return Preset(
        kind=kind,
        dialect=DIALECT,
        translator=translator,
        base_url=base_url,
        default_path=path or urlsplit(base_url).path,
        endpoint="/chat/completions",
        auth=auth,
        vendor_key=key,
        source=source,
    )


REFERENCE = "https://platform.openai.com/docs/api-reference/chat"

OPENAI = (
    chat("openai", "https://api.openai.com/v1", REFERENCE, key="OPENAI_API_KEY"),
    chat("openai-compatible", "", REFERENCE, path="/v1"),
    chat(
        "azure-openai",
        "",
        "https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle",
        key="AZURE_OPENAI_API_KEY",
        path="/openai/v1",
        auth="api-key",
    ),
)

MAKERS = (
    chat(
        "deepseek",
        "https://api.deepseek.com",
        "https://api-docs.deepseek.com/",
        key="DEEPSEEK_API_KEY",
        translator="deepseek",
    ),
    chat(
        "moonshot",
        "https://api.moonshot.ai/v1",
        "https://platform.kimi.ai/docs/api/overview",
        key="MOONSHOT_API_KEY",
        translator="moonshot",
    ),
    chat(
        "zai",
        "https://api.z.ai/api/paas/v4",
        "https://docs.z.ai/guides/develop/openai/python",
        key="ZAI_API_KEY",
        translator="zai",
    ),
    chat(
        "minimax",
        "https://api.minimax.io/v1",
        "https://platform.minimax.io/docs/api-reference/text-openai-api",
        key="MINIMAX_API_KEY",
    ),
    chat(
        "qwen",
        "",
        "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
        key="DASHSCOPE_API_KEY",
        path="/compatible-mode/v1",
    ),
    chat(
        "mistral",
        "https://api.mistral.ai/v1",
        "https://docs.mistral.ai/inference/quickstarts/send-your-first-request",
        key="MISTRAL_API_KEY",
        translator="mistral",
    ),
    chat("xai", "https://api.x.ai/v1", "https://docs.x.ai/developers/quickstart", key="XAI_API_KEY"),
)

HOSTS = (
    chat(
        "openrouter",
        "https://openrouter.ai/api/v1",
        "https://openrouter.ai/docs/api-reference/overview",
        key="OPENROUTER_API_KEY",
        translator="openrouter",
    ),
    chat(
        "groq",
        "https://api.groq.com/openai/v1",
        "https://console.groq.com/docs/openai",
        key="GROQ_API_KEY",
        translator="groq",
    ),
    chat(
        "together",
        "https://api.together.ai/v1",
        "https://docs.together.ai/docs/inference/openai-compatibility",
        key="TOGETHER_API_KEY",
    ),
    chat(
        "fireworks",
        "https://api.fireworks.ai/inference/v1",
        "https://docs.fireworks.ai/tools-sdks/openai-compatibility",
        key="FIREWORKS_API_KEY",
    ),
    chat(
        "cerebras",
        "https://api.cerebras.ai/v1",
        "https://inference-docs.cerebras.ai/resources/openai",
        key="CEREBRAS_API_KEY",
    ),
)

OWN = (
    chat("ollama", "http://localhost:11434/v1", "https://docs.ollama.com/openai"),
    chat(
        "vllm",
        "http://localhost:8000/v1",
        "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
    ),
    chat("sglang", "http://localhost:30000/v1", "https://docs.sglang.io/docs/basic_usage/openai_api"),
    chat("lm-studio", "http://localhost:1234/v1", "https://lmstudio.ai/docs/developer/openai-compat"),
    chat(
        "llama-cpp",
        "http://localhost:8080/v1",
        "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
    ),
)
