"""The matrix as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ccgate.testing.fidelity import matrix
from ccgate.testing.fidelity.asking import CLASSIC, CURRENT
from ccgate.testing.fidelity.judge import Cell, Verdict
from ccgate.testing.fidelity.matrix import Cells
from ccgate.testing.fidelity.sealed import KEPT

COMMAND: Final = "python -m ccgate.testing.fidelity > docs/fidelity.md"

AS_IT_SHOULD_BE: Final = frozenset(kept.name for kept in KEPT if kept.foreign)
"""Rows that need no explanation where something is dropped."""

MARKS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {"exact": "=", "approximated": "≈", "reported": "x", "refused": "refused", "unasked": "·", "LOST": "LOST"}
)
TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anthropic": "Anthropic Messages",
        "openai_chat": "OpenAI Chat Completions",
        "openai_responses": "OpenAI Responses",
        "gemini": "Gemini",
    }
)

LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {"anthropic": "A", "openai_chat": "C", "openai_responses": "R", "gemini": "G"}
)

HEAD: Final = f"""# Fidelity

What becomes of each feature between a client of one dialect and an upstream of another. This page is not written but
measured: for every feature, every client's dialect asks for it, the translators carry it over, and what arrives is read
as the upstream would read it. A test fails when the page is not what the code does; this renews it:

```sh
{COMMAND}
```

| mark | meaning |
|---|---|
| = | exact: the other side understands what was meant, and nothing was lost on the way |
| ≈ | approximated: it is said in another way, or with less around it; a loss tells what changed, or this page does |
| x | dropped and reported: it does not arrive, and a loss says so |
| · | one of the two dialects has no words for it: nobody can ask for it, or nobody can answer so |
| refused | the request is refused with an error |

A loss is reported in the header `x-ccgate-loss` and, with place and reason, to observers; `on_loss = "refuse"` refuses
requests that would lose content. Client and upstream of the same dialect are not in the tables: such calls are relayed
as they came.

"""


BESIDE_REPLIES: Final = """A reply is judged whole and streamed; the worse of the two is shown. State that a provider
wants back unread is followed through the client's next request: it reaches who made it byte for byte, or not at all,
and another provider never: there, that it is dropped and reported is as it should be.
"""


def named() -> str:
    """Which letter stands for which dialect, and which models were asked."""
    lines = ["| letter | dialect | model that was asked | where that one refuses the setting |", "|---|---|---|---|"]
    for name in matrix.speakers():
        models = [f"`{table[name]}`" if name in table else "" for table in (CURRENT, CLASSIC)]
        lines.append(f"| {LETTERS.get(name, name)} | {TITLES.get(name, name)} | {' | '.join(models)} |")
    return "\n".join(lines) + "\n"


def grid(cells: Cells, columns: Mapping[tuple[str, str], str]) -> str:
    """A table of marks: a row for each feature."""
    names = list(dict.fromkeys(name for name, _, _ in cells))
    lines = [f"| feature | {' | '.join(columns.values())} |", "|---|" + ":-:|" * len(columns)]
    for name in names:
        marks = [MARKS[cells[name, client, upstream].verdict] for client, upstream in columns]
        lines.append(f"| {name} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def crossings(arrow: str = "→") -> dict[tuple[str, str], str]:
    """A short title for each pair of client and upstream."""
    pairs = [(client.dialect, upstream.dialect) for client, upstream in matrix.pairs()]
    return {pair: arrow.join(LETTERS.get(name, name) for name in pair) for pair in pairs}


def reasons(cells: Cells, *, side: int, titles: Mapping[str, str]) -> str:
    """Why cells are not exact, for each upstream (`side` 2) or client (`side` 1)."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for key, cell in cells.items():
        if cell.verdict in {"approximated", "reported"} and key[0] not in AS_IT_SHOULD_BE:
            told = found.setdefault(key[side], {}).setdefault(key[0], {})
            told.update(dict.fromkeys(explained(cell)))
    return "\n".join(_explained(titles.get(where, where), found[where]) for where in sorted(found, key=_place))


def _place(name: str) -> tuple[int, str]:
    return (matrix.ORDER.index(name) if name in matrix.ORDER else len(matrix.ORDER), name)


def _explained(title: str, rows: Mapping[str, Iterable[str]]) -> str:
    lines = [f"### {title}", "", "| feature | what becomes of it |", "|---|---|"]
    lines += [f"| {name} | {'; '.join(whys)} |" for name, whys in rows.items()]
    return "\n".join(lines) + "\n"


def explained(cell: Cell) -> Iterator[str]:
    """What became of it, in the words of its losses."""
    for loss in cell.losses:
        yield f"{loss.what}: {loss.why}".replace("|", "\\|")
    if cell.why:
        yield cell.why


def table() -> str:
    """The whole page."""
    requests, answers, variants = matrix.requests(), matrix.answers(), matrix.variants()
    client = matrix.CLIENT_OF_VARIANTS
    names = sorted({upstream for _, _, upstream in variants})
    parts: Iterable[str] = (
        HEAD + named(),
        "## Requests: client → upstream\n",
        grid(requests, crossings()),
        "## Replies: client ← upstream\n",
        BESIDE_REPLIES,
        grid(answers, crossings("←")),
        f"## Requests of {TITLES[client]} clients to vendors with a variant of their own\n",
        grid(variants, {(client, name): name for name in names}),
        "## What upstreams cannot hold\n",
        reasons(requests, side=2, titles=TITLES),
        "## What clients cannot be told\n",
        reasons(answers, side=1, titles=TITLES),
        "## What vendors with a variant of their own cannot hold\n",
        reasons(variants, side=2, titles={}),
    )
    return "\n".join(parts)
