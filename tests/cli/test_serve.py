from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from ccgate.sockets import bound
from ccgate.testing.demo import DemoModel
from ccgate.testing.serve import serving

KEY = "a-key-of-this-test"
HELLO = {"model": "claude-x", "max_tokens": 99, "messages": [{"role": "user", "content": "hello"}]}
WITHOUT_PROVIDERS = "[limits]\ndrain_timeout = '5s'\n"


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with serving(DemoModel(pace=0)) as url:
        yield url


def providers(url: str, extra: str = "") -> str:
    return f"""
{extra}
[[providers]]
name = "demo"
kind = "openai-compatible"
base_url = "{url}/v1"
api_key = "sk-of-the-provider"
models = ["demo-model"]
[[routes]]
to = ["demo,demo-model"]
"""


def post(url: str, body: object = HELLO, key: str = KEY) -> httpx2.Response:
    with httpx2.Client(trust_env=False) as client:
        return client.post(f"{url}/v1/messages", json=body, headers={"x-api-key": key})


def test_a_call_is_served_and_logged_and_sigterm_is_a_good_end(start, config, upstream):
    path = config(providers(upstream, f'[auth]\napi_keys = ["{KEY}"]'))
    with start("serve", "--config", path, "--port", "0") as program:
        answer = post(program.url)
        assert answer.status_code == 200
        assert answer.json()["model"] == "claude-x"
        assert answer.headers["x-ccgate-provider"] == "demo"
        assert "server" not in answer.headers
        assert post(program.url, key="wrong").status_code == 401
        assert program.end(signal.SIGTERM) == 0
    said = "".join(program.said)
    assert "POST /v1/messages claude-x -> demo,demo-model 200" in said
    assert KEY not in said
    assert "sk-of-the-provider" not in said


def test_ctrl_c_ends_it_with_130(start, config):
    with start("serve", "--config", config(WITHOUT_PROVIDERS), "--port", "0") as program:
        assert program.end(signal.SIGINT) == 130
    assert "Traceback" not in "".join(program.said)


def test_an_open_stream_may_finish_before_it_ends(start, config):
    with serving(DemoModel(pace=0.02)) as slow:
        text = "[limits]\ndrain_timeout = '10s'\n" + providers(slow)
        with (
            start("serve", "--config", config(text), "--port", "0") as program,
            httpx2.Client(trust_env=False) as client,
            client.stream("POST", f"{program.url}/v1/messages", json={**HELLO, "stream": True}) as answer,
        ):
            pieces = answer.iter_text()
            heard = next(pieces)
            program.process.send_signal(signal.SIGTERM)
            heard += "".join(pieces)
            assert "event: message_stop" in heard
            assert program.end(signal.SIGTERM) == 0


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """An upstream that says a word, and nothing more for ever."""
    if scope["type"] == "http":
        head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
        choice = {"index": 0, "delta": {"content": "word"}, "finish_reason": None}
        frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        chunk = b"data: " + json.dumps(frame).encode() + b"\n\n"
        await send(head)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass


def test_a_stream_that_never_ends_is_cut_at_the_drain_timeout(start, config):
    with serving(endless) as hanging:
        text = "[limits]\ndrain_timeout = '1s'\n" + providers(hanging)
        with (
            start("serve", "--config", config(text), "--port", "0") as program,
            httpx2.Client(trust_env=False) as client,
            client.stream("POST", f"{program.url}/v1/messages", json={**HELLO, "stream": True}) as answer,
        ):
            pieces = answer.iter_text()
            assert "word" in next(pieces)
            began = time.monotonic()
            assert program.end(signal.SIGTERM) == 0
            assert 1 <= time.monotonic() - began < 5
    said = "".join(program.said)
    assert "Traceback" not in said
    assert "a call was still open when limits.drain_timeout was over" in said


def test_flags_go_before_the_environment_and_that_before_the_file(start, config):
    path = config('[server]\nhost = "192.0.2.1"\nport = 1\n')
    env = {"CCGATE_SERVER__HOST": "localhost", "CCGATE_CONFIG": path}
    with start("serve", "--port", "0", env=env) as program:
        assert program.url.startswith("http://localhost:")
        assert httpx2.get(f"{program.url}/health", trust_env=False).json()["status"] == "unconfigured"


def test_an_ipv6_address_is_printed_in_brackets(start, config):
    try:
        bound("::1").close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with start("serve", "--config", config(""), "--host", "::1", "--port", "0") as program:
        assert program.url.startswith("http://[::1]:")
        assert httpx2.get(f"{program.url}/health", trust_env=False).status_code == 200


def test_warnings_are_told_and_do_not_stop_it(start, config):
    path = config("[rate_limit]\nrequests_per_minute = 5\n")
    with start("serve", "--config", path, "--port", "0", env={"CCGATE_NONSENSE": "1"}) as program:
        said = "".join(program.said)
    assert "warning: CCGATE_NONSENSE is not a setting" in said


BAD = {
    "an unknown key": ("[server]\nprot = 1\n", "{path}: server.prot: unknown key (did you mean 'port'?)"),
    "a wrong value": ('[limits]\nattempts = "x"\n', "{path}: limits.attempts: "),
    "an unknown kind": ('[[providers]]\nname = "a"\nkind = "antropic"\n', "did you mean 'anthropic'?"),
    "a missing variable": (
        '[auth]\napi_keys = ["${NOT_SET}"]\n',
        "auth.api_keys[0]: the environment variable NOT_SET is not set",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_configuration_is_told_line_by_line(run, config, case):
    text, says = BAD[case]
    path = config(text)
    done = run("serve", "--config", path, "--port", "0")
    assert done.returncode == 4
    assert done.stdout == ""
    assert all(line.startswith("error: ") for line in done.stderr.splitlines())
    assert says.format(path=path) in done.stderr
    assert "listening" not in done.stderr


def test_every_problem_gets_a_line(run, config):
    done = run("serve", "--config", config('[server]\nport = "x"\n[limits]\nattempts = 0\n'))
    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 2


def test_a_missing_file_is_a_bad_configuration(run, tmp_path):
    path = str(tmp_path / "nothing.toml")
    done = run("serve", "--config", path)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith(f"error: {path}: no such file")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_are_not_let_in_without_a_key(run, config, host):
    with bound() as taken:  # a port that is in use: had it tried to bind, it would have said so
        port = str(taken.getsockname()[1])
        done = run("serve", "--config", config(WITHOUT_PROVIDERS), "--host", host, "--port", port)
    assert done.returncode == 4
    assert "auth.api_keys" in done.stderr
    assert "cannot listen" not in done.stderr


@pytest.mark.parametrize("door", ['api_keys = ["a-key-of-this-test"]', "open = true"])
def test_other_machines_are_let_in_with_a_key_or_where_it_is_open(start, config, door):
    with start("serve", "--config", config(f"[auth]\n{door}\n"), "--host", "0.0.0.0", "--port", "0") as program:
        assert program.url.startswith("http://0.0.0.0:")


def test_a_port_in_use_is_told_in_clear_words(run, config):
    with bound() as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--config", config(WITHOUT_PROVIDERS), "--port", port)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: cannot listen on 127.0.0.1:{port}: Address already in use "
        "(another program listens there; --port chooses another port)\n"
    )


def test_a_host_that_is_nowhere_is_told_in_clear_words(run, config):
    done = run("serve", "--config", config(WITHOUT_PROVIDERS), "--host", "nowhere.invalid", "--port", "0")
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot listen on 'nowhere.invalid': ")


def test_an_unknown_log_level_is_a_usage_error(run, config):
    done = run("serve", "--config", config(""), env={"CCGATE_LOG_LEVEL": "loud"})
    assert done.returncode == 2
    assert "CCGATE_LOG_LEVEL" in done.stderr


def test_the_working_directory_is_not_searched(start, config):
    config("[server]\nprot = 1\n")
    with start("serve", "--port", "0") as program:
        assert program.url.startswith("http://127.0.0.1:")


def test_a_connection_does_not_wait_for_acknowledgements(start, config):
    with start("serve", "--config", config(WITHOUT_PROVIDERS), "--port", "0") as program:
        host, port = program.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as line:
            began = time.monotonic()
            for _ in range(20):
                line.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
                answer = b""
                while not answer.endswith(b"}"):
                    answer += line.recv(65536)
            assert time.monotonic() - began < 20 * 0.04
