"""What the demo model says, whatever the wire format: from a request, reduced to what matters here, to a play."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from attrs import frozen

MODELS = ("demo-model", "demo-model-small")
WORDS = "hello from the demo model"
COMMANDS = ("command", "cmd")
"""What tools that run commands call their argument: Claude Code's Bash, Codex's exec_command and shell."""
QUOTE = 200
"""Characters of a tool's result that are quoted."""
CHARACTERS_PER_TOKEN = 4

JSON = dict[str, Any]


class BadRequest(Exception):
    """What the request lacks. `param` is the field."""

    def __init__(self, message: str, param: str | None = None) -> None:
        self.param = param
        super().__init__(message)


@frozen(kw_only=True)
class Tool:
    """A tool that was offered."""

    name: str
    schema: JSON


@frozen(kw_only=True)
class Ask:
    """A request, as far as the script cares."""

    model: str
    stream: bool
    think: bool
    tools: Sequence[Tool]
    result: str | None
    """What a tool answered since the model's last turn; None: no tool did."""
    usage: Usage
    id: str
    """24 hexadecimal digits, other for another request: ids are made of it."""


@frozen(kw_only=True)
class Usage:
    """Tokens of the prompt: what is new, and what stood before it."""

    new: int
    before: int
    repeated: bool
    """What stood before was sent in an earlier turn, too: a cache would have it."""


@frozen(kw_only=True)
class Play:
    """What is said in reply, in this order."""

    thought: str = ""
    text: str = ""
    tool: str | None = None
    arguments: str = ""
    """Of the tool, as JSON text."""

    @property
    def thought_tokens(self) -> int:
        return count(self.thought)

    @property
    def tokens(self) -> int:
        return count(self.thought) + count(self.text) + count(self.arguments)


def play(ask: Ask) -> Play:
    """The reply to a request."""
    thought = "The user wants to see that the whole way works. One short step will show it." if ask.think else ""
    runner = next((found for tool in ask.tools if (found := running(tool)) is not None), None)
    if ask.result is not None:
        quote = ask.result.strip()[:QUOTE]
        text = f'The tool said: "{quote}". So the request, the tool call and its result all came through.'
        return Play(thought=thought, text=text)
    if runner is not None:
        tool, arguments = runner
        text = f"I am the demo model, asked as {ask.model}. Let me run a harmless command first."
        return Play(thought=thought, text=text, tool=tool, arguments=json.dumps(arguments))
    text = (
        f"Hello! I am the demo model, asked as {ask.model}. "
        "I am a small script and not a language model, so there is little I can tell you. "
        "But if you can read this word by word, streaming works."
    )
    return Play(thought=thought, text=text)


def running(tool: Tool) -> tuple[str, JSON] | None:
    """The call of a tool that runs commands; None for any other tool."""
    properties = tool.schema.get("properties")
    if not isinstance(properties, Mapping):
        return None
    for name in COMMANDS:
        if name in properties:
            schema = properties[name]
            as_list = isinstance(schema, Mapping) and schema.get("type") == "array"
            return tool.name, {name: ["echo", WORDS] if as_list else f"echo {WORDS}"}
    return None


def words(text: str) -> list[str]:
    """The pieces in which a text is streamed; put together they are the text."""
    return re.findall(r"\s*\S+|\s+$", text)


def pieces(text: str, size: int = 12) -> list[str]:
    """The pieces in which JSON text is streamed: of `size` characters, with no regard to what they hold."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def count(value: object) -> int:
    """About how many tokens this is; nothing has none."""
    text = value if isinstance(value, str) else json.dumps(value) if value else ""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def usage(settings: Iterable[object], messages: Sequence[JSON]) -> Usage:
    """The prompt's tokens. `settings` are the parts of it that are no messages: the system prompt, the tools."""
    said = [number for number, message in enumerate(messages) if message.get("role") == "assistant"]
    new = said[-1] + 1 if said else max(len(messages) - 1, 0)
    before = sum(count(part) for part in (*settings, *messages[:new]))
    return Usage(new=sum(count(message) for message in messages[new:]), before=before, repeated=bool(said))


def since_last_turn(messages: Sequence[JSON]) -> list[JSON]:
    """What came after the model's last turn."""
    said = [number for number, message in enumerate(messages) if message.get("role") == "assistant"]
    return list(messages[said[-1] + 1 if said else 0 :])


def text_of(content: object) -> str:
    """The text of a content: a string, or a list of blocks."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(block["text"]) for block in blocks if isinstance(block, Mapping) and "text" in block)


def checked(body: bytes) -> JSON:
    """The body of a request. Raises `BadRequest` for what both formats refuse."""
    try:
        document = json.loads(body)
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(document, dict):
        raise BadRequest("the body is not an object")
    if not isinstance(document.get("model"), str) or not document["model"]:
        raise BadRequest("model: a model is required", "model")
    messages = document.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages: at least one message is required", "messages")
    if not all(isinstance(message, dict) and isinstance(message.get("role"), str) for message in messages):
        raise BadRequest("messages: each must be an object with a role", "messages")
    return document


def identity(document: JSON) -> str:
    """Ids are made from the request, so that equal requests get equal replies."""
    return sha256(json.dumps(document).encode()).hexdigest()[:24]


def objects(value: object) -> list[JSON]:
    """The objects of a list; none when it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
