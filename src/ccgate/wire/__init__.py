"""Bytes: JSON text, server-sent events, headers, and keeping secrets out of them. No socket, no clock, no await."""
