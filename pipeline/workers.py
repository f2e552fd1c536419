"""What a worker process does for itself: it ends when the process that started it is gone."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.connection import wait


def end_with_parent() -> None:
    """Ends this worker process as soon as its parent has ended, even by SIGKILL.

    Without it a worker would wait for work for ever, or go on with a batch that is another run's
    by now. A batch is a transaction: what is cut off leaves nothing.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
