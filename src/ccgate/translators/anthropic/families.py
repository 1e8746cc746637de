"""What the vendor's models refuse, by their name. A name we cannot read stands for a model of another vendor behind
this dialect: it gets what the dialect had from the start.

Sampling and `thinking.type: enabled` are refused since Opus 4.7, thinking cannot be switched off and no tool forced
since Opus 5.5 and Fable 5.1, Opus 5 refuses `disabled` with the efforts xhigh and max, system messages stand in
mid-conversation since Opus 4.8:
https://platform.claude.com/docs/en/about-claude/models/whats-new-opus-5-5
https://platform.claude.com/docs/en/api/versioning
https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
Effort with adaptive thinking came with 4.6: https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

OUTPUT: Final = 32_000
"""`max_tokens` is required; this is asked for when the caller set no limit."""
SMALL: Final = (("claude-3-5-", 8192), ("claude-3-7-", OUTPUT), ("claude-3-", 4096))
"""Models that refuse so much: https://platform.claude.com/docs/en/about-claude/models/overview"""
ALWAYS_THINKS: Final = {"opus": (5, 5), "fable": (5, 1)}

# `claude-opus-4-8`, `anthropic/claude-opus-4.8`; in `claude-opus-4-20250514` the date is no minor version.
_name: Final = re.compile(r"claude-([a-z]+)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)").search


@frozen
class Family:
    """One line of models and its version; `("", (0, 0))` for a name we cannot read."""

    name: str = ""
    version: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, model: str) -> Family:
        match = _name(model.lower())
        return cls(match[1], (int(match[2]), int(match[3] or 0))) if match else cls()

    @property
    def adapts(self) -> bool:
        """Takes `thinking: adaptive` and `output_config.effort`."""
        return self.version >= (4, 6)

    @property
    def modern(self) -> bool:
        """Refuses sampling parameters and thinking budgets."""
        return self.version >= (4, 7)

    @property
    def hears_system(self) -> bool:
        """Takes `role: system` directly behind a user turn."""
        return self.version >= (4, 8)

    @property
    def always_thinks(self) -> bool:
        """Refuses `thinking: disabled` and a forced tool."""
        return self.version >= ALWAYS_THINKS.get(self.name, (99, 0))

    @property
    def weighs_silence(self) -> bool:
        """Refuses `thinking: disabled` together with the efforts xhigh and max."""
        return self.name == "opus" and self.version[0] == 5


def output_limit(model: str) -> int:
    """The `max_tokens` to ask for when the caller names none."""
    lower = model.lower()
    return next((limit for part, limit in SMALL if part in lower), OUTPUT)
