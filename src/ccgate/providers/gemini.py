"""Kinds that speak Google's generateContent."""

from __future__ import annotations

from ccgate.providers.preset import Preset

GOOGLE = (
    Preset(
        kind="gemini",
        dialect="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        default_path="/v1beta",
        endpoint="/models",
        vendor_key="GEMINI_API_KEY",
        source="https://ai.google.dev/api/generate-content",
    ),
)
"""Calls are posted to `/models/NAME:generateContent` and `:streamGenerateContent?alt=sse`."""
