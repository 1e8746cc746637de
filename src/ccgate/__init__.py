"""ccgate: an LLM gateway library for coding agents."""

__version__ = "0.1.0"
