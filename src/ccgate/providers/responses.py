"""Kinds that speak Responses."""

from __future__ import annotations

from ccgate.providers.preset import Preset

REFERENCE = "https://platform.openai.com/docs/api-reference/responses"

OPENAI = (
    Preset(
        kind="openai-responses",
        dialect="openai_responses",
        base_url="https://api.openai.com/v1",
        default_path="/v1",
        endpoint="/responses",
        vendor_key="OPENAI_API_KEY",
        source=REFERENCE,
    ),
)
