"""The version, as a literal: asking the installed metadata for it costs 20 ms."""

__version__ = "0.1.0"
