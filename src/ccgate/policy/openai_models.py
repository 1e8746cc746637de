"""What OpenAI's servers take and refuse, by the name of the model. Other names are other people's models.

Facts of the models, whatever endpoint they are asked at; what holds at one endpoint only says so.

- Reasoning models (o1, o3, gpt-5, ...) refuse `max_tokens`, `stop`, and a temperature or top_p other than 1; they take
  `max_completion_tokens`, `reasoning_effort`, `verbosity`: https://platform.openai.com/docs/guides/reasoning and the
  field docs of https://platform.openai.com/docs/api-reference/chat/create.
- From gpt-5.4 on, function tools are taken by Chat Completions only with `reasoning_effort: "none"`; otherwise 400,
  naming another endpoint: https://github.com/openai/openai-openapi/issues/541.
- `reasoning_effort: "none"` is known from gpt-5.1 on (the field docs of the same page).
"""

from __future__ import annotations

import re

from attrs import frozen

_reasons = re.compile(r"o\d|gpt-[5-9]|gpt-\d\d").match
_version = re.compile(r"gpt-(\d+)(?:\.(\d+))?").match


@frozen
class Facts:
    """What is known of a model."""

    reasons: bool = False
    """It is one of OpenAI's reasoning models."""
    may_rest: bool = False
    """It takes the effort "none"."""
    tools_at_rest: bool = False
    """Chat Completions takes function tools for it only with the effort "none"."""


def facts(model: str) -> Facts:
    """By the last segment of the name: routers put the vendor before it (`openai/gpt-5.5`)."""
    name = model.rpartition("/")[2].lower()
    if not _reasons(name):
        return Facts()
    match = _version(name)
    version = [int(match[1]), int(match[2] or 0)] if match else [0, 0]
    return Facts(reasons=True, may_rest=version >= [5, 1], tools_at_rest=version >= [5, 4])
