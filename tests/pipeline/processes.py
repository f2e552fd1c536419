"""The processes that a test's command left behind, told by their home folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def find_processes(home: Path) -> list[int]:
    """Ids of the living processes whose environment names this home folder."""
    wanted, found = f"FIELDBACK_HOME={home}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:  # it ended while we looked, or is not ours
            continue
    return found


def wait_until(is_so: Callable[[], bool], *, timeout_s: float) -> bool:
    """Whether it came to be so in time."""
    end = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.25)
    return True
