"""Names of tools and ids of calls: as the servers take them, and as the caller knows them.

Names of functions: `^[a-zA-Z0-9_-]{1,64}$`; ids of calls: at most 64 characters
(https://platform.openai.com/docs/api-reference/responses/create). What must change is a pure function of what it was.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Literal

from attrs import field, frozen

from ccgate import ir
from ccgate.translators.openai_responses.tools import SEARCH, is_search

LONGEST = 64

_good_name = re.compile(r"[a-zA-Z0-9_-]{1,64}").fullmatch
_bad_in_name = re.compile(r"[^a-zA-Z0-9_-]").sub
_good_id = re.compile(r"[!-~]{1,64}").fullmatch

Form = Literal["json", "text"]
Known = tuple[str, str | None, Form]
"""Name, namespace and form of a tool."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fitting_id(id_: str) -> str:
    """The id itself if it fits, else one that is always the same for it."""
    return id_ if _good_id(id_) else f"call_{digest(id_)[:32]}"


def fitting_name(name: str) -> str:
    """The name itself if it fits, else a short one that is always the same for it."""
    return name if _good_name(name) else f"{_bad_in_name('_', name)[:47]}_{digest(name)[:16]}"


def all_tools(request: ir.Request) -> Iterator[ir.Tool]:
    """Every tool that the caller runs, those that came in mid-conversation too."""
    added = [tool for block in ir.blocks(request) if isinstance(block, ir.Tools) for tool in block.added]
    for tool in (*added, *request.tools):
        if isinstance(tool, ir.Tool):
            yield tool


def renamed(request: ir.Request) -> dict[str, str]:
    """The names that had to change, from what is sent to what the caller wrote."""
    sent = {fitting_name(tool.name): tool.name for tool in all_tools(request) if tool.namespace is None}
    return {fit: name for fit, name in sent.items() if fit != name}


@frozen
class Declared:
    """The caller's own tools, by every way in which a model may call them."""

    by_name: dict[str, Known] = field(factory=dict)
    exact: dict[tuple[str, str | None], Known] = field(factory=dict)
    search: bool = False
    """The caller has a search of its own for tools."""

    @classmethod
    def of(cls, asked: ir.Request | None) -> Declared:
        """A tool in a namespace may be called by its full name, with or without "__" between, or by its own alone."""
        tools = () if asked is None else tuple(all_tools(asked))
        declared = cls(search=any(map(is_search, tools)))
        for tool in tools:
            space = None if tool.namespace is None else tool.namespace.name
            known: Known = (tool.name, space, tool.form)
            declared.exact[tool.name, space] = known
            if space is not None:
                for name in (f"{space}__{tool.name}", f"{space}{tool.name}", tool.name):
                    declared.by_name.setdefault(name, known)
        return declared

    def searches(self, call: ir.ToolUse) -> bool:
        """Whether a call is the caller's own search."""
        return self.search and (call.name, call.namespace) == (SEARCH, None)

    def known(self, call: ir.ToolUse) -> Known:
        """The tool that is meant. One that the caller does not have is called as the model called it."""
        exact = self.exact.get((call.name, call.namespace))
        if exact is not None or call.namespace is not None:
            return exact or (call.name, call.namespace, call.form)
        return self.by_name.get(call.name, (call.name, None, call.form))
