from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.workers import end_with_parent
from tests.pipeline.environment import make_environment
from tests.pipeline.processes import find_processes, wait_until

PARENT = """
import multiprocessing, time
from pipeline.workers import end_with_parent

def work():
    end_with_parent()
    time.sleep(600)

if __name__ == "__main__":
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    print("at work", flush=True)
    worker.join()
"""


def test_a_worker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT]
    environment = make_environment(tmp_path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "at work\n"
        assert len(find_processes(tmp_path)) == 2
        parent.kill()
        parent.wait(timeout=10)
        assert wait_until(lambda: not find_processes(tmp_path), timeout_s=10)


def test_a_process_that_is_no_worker_goes_on() -> None:
    end_with_parent()
