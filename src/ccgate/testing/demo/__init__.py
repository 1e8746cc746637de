"""The demo model: somebody to talk to where no provider can be reached.

It is a stand-in, not a language model: it plays a small script. Asked with a tool that runs commands, it says a
sentence and calls that tool with a harmless `echo`; shown the tool's result, it quotes it; otherwise it says a few
sentences, in which it names the model it was asked as. Asked to think, it begins with a short thought.

It speaks the two wire formats as their vendors do, streamed and whole, with usage and errors, and shares no code with
ccgate's translators: what is tried out against it is tried out against another's writing. Like a local model server it
accepts every key. It keeps no state, reads no clock, and remembers nothing of what it was sent.
"""

from __future__ import annotations

from ccgate.testing.demo.app import DemoModel

__all__ = ["DemoModel"]
