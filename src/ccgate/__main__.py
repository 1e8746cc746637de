"""`python -m ccgate` is the command `ccgate`."""

from __future__ import annotations

from ccgate.cli import main

if __name__ == "__main__":
    main()
