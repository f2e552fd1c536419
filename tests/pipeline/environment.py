"""The environment of a process that a test starts: ours without its settings."""

from __future__ import annotations

import os
from pathlib import Path


def make_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment with everything of Fieldback and Prefect in `home`, and `more`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FIELDBACK_", "PREFECT_"))
    }
    return {**kept, "FIELDBACK_HOME": str(home), **more}
