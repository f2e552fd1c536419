"""What the README tells to type works as it stands there, and what the docs name exists."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from core.settings import Settings
from pipeline.cli import app
from tests.pipeline.environment import make_environment

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NEEDED = ("scripts", "data", "tests/files")
MARK = "::: "
OTHER_ID = """$(fieldback personas suggest --format json | python3 -c "
import json, sys; print(json.load(sys.stdin)[-1]['id'])")"""


def list_commands() -> list[str]:
    """The lines of the README's shell blocks, and the commands within its sentences."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return lines + re.findall(r"`(fieldback [^`\[\]]+)`", README)


def make_runnable(command: str, port: int) -> str:
    """The command as a script can run it: what never ends is stopped, make is not asked."""
    if command.startswith("make "):
        return "scripts/demo" if command.split()[1] == "demo" else ":"
    if "fieldback schedule" in command:
        stopped = command.replace("fieldback schedule", "timeout 20 fieldback schedule")
        return f"{stopped} || [ $? = 124 ]"
    return command.replace("8787", str(port)).replace("reject ID", f'reject "{OTHER_ID}"')


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command of the README prints, all run in order in a copy of what they need."""
    folder = tmp_path_factory.mktemp("readme")
    for name in NEEDED:
        shutil.copytree(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    # A person waits until the server is up; a script asks again. An HTTP error is a failure.
    (folder / ".curlrc").write_text("retry = 60\nretry-delay = 1\nretry-connrefused\nfail\n")
    commands = list_commands()
    script = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    port = find_port()
    for number, command in enumerate(commands):
        script += [f"printf '\\n{MARK}{number}\\n'", make_runnable(command, port)]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=make_reader_environment(folder, port),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    parts = re.split(rf"^{MARK}\d+\n", done.stdout, flags=re.MULTILINE)[1:]
    assert done.returncode == 0, f"{commands[len(parts) - 1]}\n{done.stderr[-3000:]}"
    return dict(zip(commands, parts, strict=True))


def make_reader_environment(folder: Path, port: int) -> dict[str, str]:
    """The environment of a reader who has the commands on the path and nothing set."""
    environment = make_environment(folder, CURL_HOME=str(folder), FIELDBACK_PORT=str(port))
    del environment["FIELDBACK_HOME"]
    environment["PATH"] = os.pathsep.join([str(folder / ".venv/bin"), environment["PATH"]])
    return environment


def find_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answer_to(outputs: dict[str, str], start: str, nth: int = 0) -> str:
    """What the n-th command that starts so printed."""
    return [output for command, output in outputs.items() if command.startswith(start)][nth]


@pytest.mark.flow
class TestCommands:
    def test_the_demo_answers_for_each_of_the_three_users(self, outputs: dict[str, str]) -> None:
        demo = answer_to(outputs, "make demo")
        for said in (
            "read 75 of 75 files",
            "top objections, industry=Healthcare",
            "top pains",
            "“Excel”",
            "http://127.0.0.1:8787",
        ):
            assert said in demo

    def test_the_second_run_finds_nothing_new(self, outputs: dict[str, str]) -> None:
        again = [c for c in list_commands() if c.startswith("fieldback run")][1]
        assert "read 0 of 75 files: 0 new, 0 changed" in outputs[again]

    def test_the_marketer_s_formats_can_be_read_by_programs(self, outputs: dict[str, str]) -> None:
        traits = csv.DictReader(io.StringIO(answer_to(outputs, "fieldback top traits")))
        assert {row["label"] for row in traits}
        by_type = json.loads(answer_to(outputs, "fieldback top objections --by type"))
        assert all(row["id"].startswith("objection/") for row in by_type)

    def test_the_api_answers_what_the_readme_asks(self, outputs: dict[str, str]) -> None:
        themes = json.loads(answer_to(outputs, "curl"))
        compared = json.loads(answer_to(outputs, "curl", 1))
        assert themes["snapshot"] >= "2026-10-31-"  # or of a night that `schedule` caught up on
        assert compared

    def test_the_accepted_suggestion_is_in_the_next_version(self, outputs: dict[str, str]) -> None:
        assert "version 2" in answer_to(outputs, "fieldback personas accept")
        assert "version 2" in answer_to(outputs, "fieldback personas show operations-manager")
        assert answer_to(outputs, "fieldback personas reject").strip() == "rejected"

    def test_files_are_read_without_a_database(self, outputs: dict[str, str]) -> None:
        assert "persona_trait" in answer_to(outputs, "fieldback extract")
        assert "q10" in answer_to(outputs, "fieldback themes")


def test_every_make_target_that_the_docs_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        name
        for path in DOCS
        for name in re.findall(r"(?:`|^)make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert {"demo", "setup", "test"} <= named <= targets


def test_every_setting_that_the_docs_name_exists() -> None:
    known = {f"FIELDBACK_{name.upper()}" for name in Settings.model_fields}
    for path in DOCS:
        named = set(re.findall(r"FIELDBACK_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
        assert named - {"FIELDBACK_TEST_POSTGRES"} <= known, path.name


def test_every_command_that_the_docs_name_exists() -> None:
    group = typer.main.get_command(app)
    known = set(group.commands)  # type: ignore[attr-defined]
    for path in DOCS:
        named = set(re.findall(r"`fieldback ([a-z]+)", path.read_text(encoding="utf-8")))
        assert named <= known, path.name


def test_every_file_that_the_docs_link_to_exists() -> None:
    for path in DOCS:
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        missing = [link for link in links if not (path.parent / link).exists()]
        assert missing == [], path.name
