"""Fakes and laws, for tests of ccgate and of what is built with it. Nothing here needs pytest.

`FakeClock` is time in a test's hands, `ask` and `open_call` call an ASGI application without a server, and
`ScriptedTransport` is an upstream without a network. `LAWS` are what every translator keeps. Each name is loaded when
it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccgate.testing.asgi import Answer, OpenCall, ask, open_call
    from ccgate.testing.clock import FakeClock
    from ccgate.testing.laws import LAWS, FailureCase, ReplyCase, RequestCase, Tables
    from ccgate.testing.transport_script import ScriptedExchange, ScriptedReply, ScriptedTransport

__all__ = [
    "LAWS",
    "Answer",
    "FailureCase",
    "FakeClock",
    "OpenCall",
    "ReplyCase",
    "RequestCase",
    "ScriptedExchange",
    "ScriptedReply",
    "ScriptedTransport",
    "Tables",
    "ask",
    "open_call",
]

_HOMES = {
    "asgi": ("Answer", "OpenCall", "ask", "open_call"),
    "clock": ("FakeClock",),
    "laws": ("LAWS", "FailureCase", "ReplyCase", "RequestCase", "Tables"),
    "transport_script": ("ScriptedExchange", "ScriptedReply", "ScriptedTransport"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
