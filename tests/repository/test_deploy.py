"""The files in `deploy/` are valid for the programs that read them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faults.nginx import PROGRAM, Nginx
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

DEPLOY = BASE_DIR / "deploy"
UNITS = [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd on this machine")
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    copies = []
    for unit in UNITS:
        copies.append(tmp_path / unit.name.replace("@", "@8001"))
        text = unit.read_text().replace("/srv/sarangbang/var/venv/bin/python", sys.executable)
        copies[-1].write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, copies)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda unit: unit.name)
def test_files_written_by_a_service_are_private(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert "UMask=0077" in lines
    assert "StateDirectoryMode=0700" in lines


def test_no_unit_puts_a_secret_on_a_command_line() -> None:
    commands = [line for unit in UNITS for line in unit.read_text().splitlines() if line.startswith("Exec")]
    assert commands
    assert [command for command in commands if "DATABASE_URL" in command or "SECRET" in command] == []


@pytest.mark.skipif(PROGRAM is None, reason="there is no nginx on this machine")
def test_nginx_finds_no_fault_in_its_configuration(tmp_path: Path) -> None:
    nginx = Nginx(tmp_path, upstreams=[1, 2], static=tmp_path)
    done = subprocess.run([*nginx.command(), "-t"], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "the configuration file" not in line]
    assert (done.returncode, [line for line in said if "test is successful" not in line]) == (0, [])


def test_nginx_never_takes_a_restarting_process_out_of_rotation() -> None:
    servers = re.findall(r"^ *server 127\.0\.0\.1:\d+(.*);$", (DEPLOY / "nginx.conf").read_text(), re.MULTILINE)
    assert len(servers) == 2
    assert {options.strip() for options in servers} == {"max_fails=0"}


def test_nginx_reads_static_files_and_nothing_of_the_data() -> None:
    example = (DEPLOY / "sarangbang.env").read_text()
    found = dict(line.split("=", 1) for line in example.splitlines() if "=" in line and not line.startswith("#"))
    aliases = re.findall(r"alias (\S+)/;", (DEPLOY / "nginx.conf").read_text())
    assert aliases == [found["STATIC_DIR"]]
    assert not found["STATIC_DIR"].startswith(found["VAR_DIR"])
