"""Rules: predicates on a call. A route is taken when all of its rules hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from attrs import frozen

from ccgate.call import Call

Rule = Callable[[Call], bool]


@cache
def glob(pattern: str) -> re.Pattern[str]:
    """A pattern of `*` and `?`; everything else means itself, `[1m]` too."""
    parts = re.split(r"([*?])", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts), re.DOTALL)


@frozen
class Model:
    """The caller asks for a model of this name, or of a name that this glob fits."""

    matches: str

    def __call__(self, call: Call) -> bool:
        return call.model == self.matches or glob(self.matches).fullmatch(call.model) is not None


@frozen
class Never:
    """Stands for a rule that this version cannot judge: a route that asks for it is not taken."""

    name: str

    def __call__(self, call: Call) -> bool:  # noqa: ARG002 a rule is asked about a call
        return False


def rule(written: Mapping[str, Any] | str) -> Rule:
    """The rule that is written so: `{"rule": "model", "matches": "*haiku*"}`."""
    if isinstance(written, Mapping) and written.get("rule") == "model":
        return Model(written["matches"])
    return Never(written if isinstance(written, str) else str(written.get("rule")))
