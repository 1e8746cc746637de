"""Tools and the choice among them, read.

https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from ccgate import ir
from ccgate.translators.anthropic.fields import DIALECT, SPELLED, Fields

PLACEHOLDER: Final = "DeferredToolPlaceholder"
"""A tool nobody can call: Claude Code sends it so that a list with deferred tools never becomes empty."""
NO_ARGUMENTS: Final = {"type": "object", "properties": {}}
MODES: Final[dict[str, Literal["auto", "any", "none"]]] = {"auto": "auto", "any": "any", "none": "none"}
_DATE: Final = re.compile(r"_\d{8}$")


def read_tool(value: Any, at: str) -> ir.AnyTool:
    """A tool of the caller's, or one that the provider runs (its type is neither absent nor `custom`)."""
    fields = Fields.of(value, at)
    kind = fields.text("type")
    if kind is not None and kind != "custom":
        opaque = ir.Opaque(DIALECT, dict(fields.source), at=at)
        return ir.Hosted(_DATE.sub("", kind), opaque, fields.soft("name"), mark=fields.mark(), spelled=SPELLED, at=at)
    name = fields.needed("name")
    schema = fields.object("input_schema")
    return ir.Tool(
        name,
        fields.text("description"),
        None if name == PLACEHOLDER and schema == NO_ARGUMENTS else schema,
        strict=fields.flag("strict"),
        deferred=bool(fields.flag("defer_loading")),
        mark=fields.mark(),
        spelled=SPELLED,
        at=at,
        extra=fields.rest(),
    )


def read_choice(request: Fields) -> ir.Choice | None:
    """`tool_choice`; one of an unknown type stays with the unknown fields of the request."""
    value = request.object("tool_choice")
    if value is None:
        return None
    fields = Fields(value, request.place("tool_choice"))
    kind = fields.text("type")
    alone = fields.flag("disable_parallel_tool_use")
    parallel = None if alone is None else not alone
    if kind == "tool":
        return ir.Choice("named", (fields.needed("name"),), parallel, at=fields.at, extra=fields.rest())
    mode = MODES.get(kind or "")
    if mode is not None:
        return ir.Choice(mode, (), parallel, at=fields.at, extra=fields.rest())
    request.known.discard("tool_choice")
    return None
