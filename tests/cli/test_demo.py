from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx2

from ccgate.sockets import bound


def test_the_demo_tells_its_story_and_ends_well(run):
    done = run("demo", "--pace", "0")
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "The gateway listens on http://127.0.0.1:",
        "Asked for claude-sonnet-5-5",
        "The route everything chose gpt-5-demo of the provider demo.",
        "I am the demo model",
        'It calls the tool Bash with {"command": "echo hello from the demo model"}',
        'The tool said: "hello from the demo model"',
        "First byte after",
        "read from the cache",
        "What the other dialect could not carry:",
    ):
        assert words in done.stdout


def test_the_demo_tells_the_same_as_one_document(run):
    done = run("demo", "--pace", "0", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = json.loads(done.stdout)["calls"]
    assert first["tool_calls"] == [{"name": "Bash", "input": {"command": "echo hello from the demo model"}}]
    assert (first["stop_reason"], second["stop_reason"]) == ("tool_use", "end_turn")
    assert first["thinking"]
    assert '"hello from the demo model"' in second["text"]
    assert second["usage"]["cache_read_input_tokens"] > 0
    assert first["losses"]
    assert all(loss["why"] for loss in first["losses"])


def test_the_demo_on_a_port_in_use_says_so(run):
    with bound() as taken:
        port = taken.getsockname()[1]
        done = run("demo", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: cannot listen on 127.0.0.1:{port}: Address already in use")


def test_a_demo_that_is_kept_answers_with_its_key_until_ctrl_c(environment):
    command = [sys.executable, "-m", "ccgate", "demo", "--pace", "0", "--keep"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = next(line for line in process.stdout if "ANTHROPIC_BASE_URL=" in line)
            url, key = (word.partition("=")[2] for word in line.split()[:2])
            body = {"model": "any", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
            answer = httpx2.post(f"{url}/v1/messages", json=body, headers={"x-api-key": key}, trust_env=False)
            assert answer.json()["stop_reason"] == "end_turn"
            assert httpx2.post(f"{url}/v1/messages", json=body, trust_env=False).status_code == 401
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
            assert process.returncode == 130
            assert "Traceback" not in said
        finally:
            process.kill()
