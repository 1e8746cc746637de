"""Names of functions as the API takes them, and ids of calls: pure functions of what was said.

"Must be a-z, A-Z, 0-9, or contain underscores, dots and dashes, with a maximum length of 64", beginning with a letter
or an underscore: https://ai.google.dev/api/caching#FunctionDeclaration

Calls need no id here: results are paired with them by name and order. Where a caller gave none, one is made of the
place of the call and never written back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from attrs import define, field

from ccgate import ir
from ccgate.translators.gemini.losses import Losses

UNNAMED = "unnamed_call_"
"""What the ids begin with that were made here for calls that had none."""

Restored = dict[str, tuple[str, str | None, bool]]
"""Names as they are sent: to name and namespace as the caller wrote them, and whether the tool takes free text."""

_good_name = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,63}").fullmatch
_bad_in_name = re.compile(r"[^a-zA-Z0-9_.-]").sub


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def full_name(name: str, namespace: str | None) -> str:
    """One word for a name and the group it belongs to."""
    if not namespace:
        return name
    return namespace + name if namespace.endswith("__") else f"{namespace}__{name}"


def fitting_name(name: str, namespace: str | None = None) -> str:
    """The name itself if it fits, else a short one that is always the same for it."""
    full = full_name(name, namespace)
    if _good_name(full):
        return full
    return f"{_bad_in_name('_', full)[:46]:_<1}_{digest(full)[:16]}" if full[:1].isalpha() else f"_{digest(full)[:32]}"


def restored(request: ir.Request | None) -> Restored:
    """The tools of a request that `write_request` sends as something else than the caller wrote."""
    if request is None:
        return {}
    found: Restored = {}
    for tool in _tools(request):
        space = tool.namespace.name if tool.namespace else None
        sent = fitting_name(tool.name, space)
        if sent != tool.name or tool.form == "text":
            found[sent] = (tool.name, space, tool.form == "text")
    return found


def _tools(request: ir.Request) -> Iterator[ir.Tool]:
    added = [tool for block in ir.blocks(request) if isinstance(block, ir.Tools) for tool in block.added]
    for tool in (*added, *request.tools):
        if isinstance(tool, ir.Tool):
            yield tool


@define
class Names:
    """Writes names, and reports each that had to change once."""

    losses: Losses
    told: set[str] = field(factory=set)

    def sent(self, name: str, namespace: str | None, at: str) -> str:
        fit = fitting_name(name, namespace)
        if fit != name and fit not in self.told:
            self.told.add(fit)
            # A group that only became part of the name is still told to the model, word by word.
            grade: ir.Grade = "hint" if fit == full_name(name, namespace) else "content"
            self.losses.add(at, "changed", f"a function cannot have this name; it is sent as {fit}", grade)
        return fit
