"""The kinds this version knows, in the order in which they are shown.

A new provider of a known dialect is one more record in the module of that dialect. A record without a page of its
vendor's that says so is no record.
"""

from __future__ import annotations

from ccgate.providers import chat, gemini, messages, responses
from ccgate.providers.preset import Preset

PRESETS: tuple[Preset, ...] = (
    *messages.ANTHROPIC,
    *chat.OPENAI,
    *responses.OPENAI,
    *gemini.GOOGLE,
    *messages.MAKERS,
    *chat.MAKERS,
    *messages.HOSTS,
    *chat.HOSTS,
    *messages.OWN,
    *chat.OWN,
)
