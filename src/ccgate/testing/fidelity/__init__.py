"""What becomes of every feature between every two dialects, measured: `python -m ccgate.testing.fidelity`."""

from __future__ import annotations

from ccgate.testing.fidelity.page import table

__all__ = ["table"]
