from __future__ import annotations

import errno

import pytest

from ccgate.cli.exits import Stop
from ccgate.cli.listening import Address, addresses, bracketed, listen, raise_file_limit, taken


def test_the_limit_of_open_files_is_raised_to_what_the_system_gives():
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("::", False), ("192.0.2.1", False)],
)
def test_an_address_is_known_as_loopback_or_not(host, loopback):
    assert addresses(host, 0) == [Address(host, loopback)]


def test_all_addresses_of_a_name_get_one_port():
    sockets = listen(["127.0.0.1", "127.0.0.2"], 0)
    try:
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
    finally:
        for sock in sockets:
            sock.close()


@pytest.mark.parametrize("hosts", [["192.0.2.1", "127.0.0.1"], ["127.0.0.1", "192.0.2.1"]])
def test_an_address_this_machine_lacks_is_passed_over_where_there_is_another(hosts):
    (sock,) = listen(hosts, 0)
    with sock:
        assert sock.getsockname()[0] == "127.0.0.1"


def test_an_address_this_machine_lacks_is_an_error_where_there_is_no_other():
    with pytest.raises(Stop, match="no such address"):
        listen(["192.0.2.1"], 0)


def test_a_port_that_is_taken_on_one_address_is_not_used_on_the_others():
    (sock,) = listen(["127.0.0.2"], 0)
    port = sock.getsockname()[1]
    with sock, pytest.raises(Stop, match="another program listens there"):
        listen(["127.0.0.1", "127.0.0.2", "127.0.0.3"], port)
    for free in listen(["127.0.0.1"], port):
        free.close()


def test_a_port_without_a_known_trouble_gets_no_hint():
    assert str(taken("::1", 80, OSError(errno.EACCES, "x"))).startswith(
        "cannot listen on [::1]:80: Permission denied ("
    )
    assert not str(taken("h", 80, OSError(errno.EIO, "x"))).endswith(")")
    assert bracketed("::1") == "[::1]"
