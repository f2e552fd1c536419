"""The environment of a process that a test starts: ours without its settings."""

from __future__ import annotations

import os
from pathlib import Path


def make_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment with everything of Fieldback and Prefect in `home`, and `more`.

    Compiled modules are kept from process to process: to compile all that Prefect imports takes
    ten seconds.
    """
    ours = ("FIELDBACK_", "PREFECT_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "FIELDBACK_HOME": str(home), **more}
