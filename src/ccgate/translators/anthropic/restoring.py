"""Calls in a reply, told as the caller knows them.

`write_request` gives some tools another name, and turns one that takes free text into one with a string `input`. A
decoder that knows the request turns the calls back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from ccgate import ir
from ccgate.translators.anthropic.names import name_of
from ccgate.wire import jsonstring

Changed = Mapping[str, ir.Tool]


def changed(request: ir.Request | None) -> Changed:
    """The tools that are written as something else, by the name they are written with."""
    if request is None:
        return {}
    written = {name_of(tool): tool for tool in _tools(request)}
    return {name: tool for name, tool in written.items() if name != tool.name or tool.form == "text"}


def _tools(request: ir.Request) -> Iterator[ir.Tool]:
    added = [tool for block in ir.blocks(request) if isinstance(block, ir.Tools) for tool in block.added]
    for tool in (*added, *request.tools):
        if isinstance(tool, ir.Tool):
            yield tool


def restored(block: ir.Block, tools: Changed) -> ir.Block:
    """The block; a call in it by its own name, and with its own kind of arguments."""
    if not isinstance(block, ir.ToolUse) or block.name not in tools:
        return block
    tool = tools[block.name]
    arguments = jsonstring.free_text(block.arguments) if tool.form == "text" else block.arguments
    namespace = tool.namespace.name if tool.namespace else None
    return attrs.evolve(block, name=tool.name, namespace=namespace, form=tool.form, arguments=arguments)
