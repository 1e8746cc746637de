"""What a request loses on its way into this dialect, each thing once."""

from __future__ import annotations

from typing import Any

from attrs import define

from ccgate import ir
from ccgate.policy import losses


@define
class Losses(losses.Losses):
    """The losses so far, and the seals that are none."""

    def signature(self, block: ir.Text | ir.ToolUse | ir.Thinking) -> dict[str, Any]:
        """A seal of this dialect, where it stood; another's only its maker may see."""
        seal = block.seal
        if seal is None or (seal.maker == self.dialect and not seal.value):
            return {}
        if seal.maker == self.dialect:
            return {"thoughtSignature": seal.value}
        self.seal(block)
        return {}


def merged(target: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """`target` with what was left over when it was read, put back where it stood."""
    for key, value in extra.items():
        here = target.get(key)
        target[key] = merged(dict(here), value) if isinstance(here, dict) and isinstance(value, dict) else value
    return target
