"""Writes the page to the standard output."""

from __future__ import annotations

import sys

from ccgate.testing.fidelity.page import table

sys.stdout.buffer.write(table().encode())
