"""The laws every translator keeps.

A test file of a translator holds tables and one loop:

    @pytest.mark.parametrize("law", LAWS)
    def test_the_translator_keeps(law):
        law(TABLES)

Each law raises `AssertionError` with its name, the case, and the place of the first differences. None needs pytest.
"""

from __future__ import annotations

from collections.abc import Callable

from ccgate.testing.laws.cases import FailureCase, ReplyCase, RequestCase, Tables
from ccgate.testing.laws.compare import differences
from ccgate.testing.laws.failures import (
    every_error_body_is_readable,
    failures_are_read_as_stated,
    failures_are_told_and_read_again,
)
from ccgate.testing.laws.nonsense import (
    nonsense_in_a_reply_is_malformed,
    nonsense_in_a_stream_is_malformed,
    nonsense_is_refused_by_name,
)
from ccgate.testing.laws.replies import (
    a_failure_ends_what_we_stream,
    a_stream_cut_short_raises,
    every_cut_gives_the_same_events,
    replies_are_decoded_as_stated,
    replies_are_written_as_stated,
    streams_are_written_as_stated,
    text_flows_through,
)
from ccgate.testing.laws.requests import (
    every_node_knows_its_place,
    requests_are_read_as_stated,
    requests_are_written_as_stated,
    unknown_fields_survive,
)
from ccgate.testing.laws.strangers import (
    a_foreign_block_may_say_something,
    foreign_blocks_are_dropped_and_reported,
    foreign_extras_are_dropped_and_reported,
    foreign_seals_are_never_written,
    foreign_tools_are_dropped_and_reported,
)
from ccgate.testing.laws.taps import (
    a_tap_ends_a_broken_stream,
    a_tap_follows_the_stream,
    a_tap_never_raises,
    a_tap_sees_what_a_decoder_sees,
)

Law = Callable[[Tables], None]

LAWS: tuple[Law, ...] = (
    requests_are_read_as_stated,
    requests_are_written_as_stated,
    every_node_knows_its_place,
    unknown_fields_survive,
    foreign_blocks_are_dropped_and_reported,
    a_foreign_block_may_say_something,
    foreign_extras_are_dropped_and_reported,
    foreign_tools_are_dropped_and_reported,
    foreign_seals_are_never_written,
    nonsense_is_refused_by_name,
    replies_are_decoded_as_stated,
    every_cut_gives_the_same_events,
    a_stream_cut_short_raises,
    nonsense_in_a_reply_is_malformed,
    nonsense_in_a_stream_is_malformed,
    replies_are_written_as_stated,
    streams_are_written_as_stated,
    text_flows_through,
    a_failure_ends_what_we_stream,
    a_tap_sees_what_a_decoder_sees,
    a_tap_follows_the_stream,
    a_tap_ends_a_broken_stream,
    a_tap_never_raises,
    failures_are_read_as_stated,
    failures_are_told_and_read_again,
    every_error_body_is_readable,
)

__all__ = ["LAWS", "FailureCase", "Law", "ReplyCase", "RequestCase", "Tables", "differences"]
