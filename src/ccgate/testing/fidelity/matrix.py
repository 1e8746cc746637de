"""All cells: what becomes of every feature between every two dialects.

Between a client and an upstream of the same dialect nothing is translated: such a call is relayed as it came, and the
laws of `ccgate.testing` hold for what is read and written again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ccgate.testing.fidelity import judge, replies, sealed
from ccgate.testing.fidelity.answering import ANSWERS
from ccgate.testing.fidelity.features import FEATURES
from ccgate.testing.fidelity.judge import Cell
from ccgate.translators import Translator

Key = tuple[str, str, str]
"""Feature, the client's dialect, the upstream's dialect or variant."""
Cells = Mapping[Key, Cell]

ORDER: Final = ("anthropic", "openai_chat", "openai_responses", "gemini")
CLIENT_OF_VARIANTS: Final = "anthropic"


def speakers() -> dict[str, Translator]:
    """The dialects, in the order in which they are shown."""
    found = judge.dialects()
    return {name: found[name] for name in sorted(found, key=lambda name: (*ORDER, name).index(name))}


def pairs() -> Iterator[tuple[Translator, Translator]]:
    """Every client with every upstream of another dialect."""
    all_ = speakers().values()
    return ((client, upstream) for client in all_ for upstream in all_ if client is not upstream)


def requests() -> Cells:
    return {
        (feature.name, client.dialect, upstream.dialect): judge.crossed(client, upstream, feature)
        for feature in FEATURES
        for client, upstream in pairs()
    }


def variants() -> Cells:
    """What becomes of requests of one client before each vendor's own variant of a dialect."""
    client = speakers()[CLIENT_OF_VARIANTS]
    found = {
        (feature.name, client.dialect, name): judge.crossed(client, upstream, feature)
        for feature in FEATURES
        for name, upstream in judge.variants().items()
    }
    asked = {key[0] for key, cell in found.items() if cell.verdict != "unasked"}
    return {key: cell for key, cell in found.items() if key[0] in asked}


def answers() -> Cells:
    found = {
        (answer.name, client.dialect, upstream.dialect): replies.crossed(client, upstream, answer)
        for answer in ANSWERS
        for client, upstream in pairs()
    }
    kept = {
        (way.name, client.dialect, upstream.dialect): sealed.crossed(client, upstream, way)
        for way in sealed.KEPT
        for client, upstream in pairs()
    }
    return found | kept
