"""Names and ids as OpenAI's servers take them: a pure function of what the caller wrote.

Names of functions: `^[a-zA-Z0-9_-]{1,64}$`. Ids of calls: at most 40 characters
(https://platform.openai.com/docs/api-reference/chat/create; the length of ids is only told by the error message).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Literal

from attrs import define, field

from ccgate import ir
from ccgate.policy.losses import Losses

LONGEST_NAME = 64
LONGEST_ID = 40

_good_name = re.compile(r"[a-zA-Z0-9_-]{1,64}").fullmatch
_bad_in_name = re.compile(r"[^a-zA-Z0-9_-]").sub
# Some servers make meaningful ids ("functions.read:0"): all that is printable and not a space is left alone.
_good_id = re.compile(r"[!-~]{1,40}").fullmatch


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fitting_id(id_: str) -> str:
    """The id itself if it fits, else a short one that is always the same for it."""
    return id_ if _good_id(id_) else f"call_{digest(id_)[:32]}"


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
    return f"{_bad_in_name('_', full)[:47]}_{digest(full)[:16]}"


Own = tuple[str, str | None, Literal["json", "text"]]
"""What the caller calls a tool: its name, its namespace, the form of its arguments."""


def renamed(request: ir.Request) -> dict[str, Own]:
    """Tools by the names with which `write_request` sends them, where that or the form is not the caller's.

    A decoder that is given this table tells the calls as the caller knows them.
    """
    spelled = {fitting_name(own[0], own[1]): own for own in _owns(request)}
    return {sent: own for sent, own in spelled.items() if own != (sent, None, "json")}


def _owns(request: ir.Request) -> Iterator[Own]:
    for block in ir.blocks(request):
        if isinstance(block, ir.Tools):
            yield from filter(None, map(_own, block.added))
    yield from filter(None, map(_own, request.tools))


def _own(tool: ir.AnyTool) -> Own | None:
    if isinstance(tool, ir.Hosted):
        return None
    return tool.name, tool.namespace.name if tool.namespace else None, tool.form


@define
class Names:
    """Writes names, and reports each that had to change once."""

    losses: Losses
    told: set[str] = field(factory=set)

    def sent(self, name: str, namespace: str | None, at: str) -> str:
        fit = fitting_name(name, namespace)
        if fit != name and fit not in self.told:
            self.told.add(fit)
            why = f"names have {LONGEST_NAME} characters of a-z, A-Z, 0-9, _ and -; it is sent as {fit}"
            # A group that only became part of the name is still told to the model, word by word.
            grade: ir.Grade = "hint" if fit == full_name(name, namespace) else "content"
            self.losses.add(at, "changed", why, grade)
        return fit
