"""The command line: the only place that prints, reads the environment or starts processes.

stdout is data, stderr is messages. Exit codes: 0 done, 1 failed, 2 called wrongly, 3 not running, 4 the configuration
cannot be used, 130 interrupted. A command is imported when it is called, so that `--help` costs nothing.
"""

from __future__ import annotations

from ccgate.cli.commands import main

__all__ = ["main"]
