"""What runs by itself, before a commit and at a push, is what people run: the parts of `bin/test`."""

import re
from typing import Any

import pytest
import yaml

from tests.harness.services import BASE_DIR
from tests.runner.parts import GROUPS, PARTS

pytestmark = pytest.mark.once

WORKFLOWS = sorted((BASE_DIR / ".github" / "workflows").glob("*.yml"))
ACTION = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def hooks() -> list[dict[str, Any]]:
    """The hooks of pre-commit."""
    config = yaml.safe_load((BASE_DIR / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in config["repos"]] == ["local"], "other versions than the pinned ones"
    found: list[dict[str, Any]] = config["repos"][0]["hooks"]
    return found


def test_pre_commit_runs_the_parts_of_bin_lint_and_nothing_else() -> None:
    assert [hook["entry"] for hook in hooks()] == [f"bin/test {part}" for part in GROUPS["lint"]]
    assert {hook["language"] for hook in hooks()} == {"system"}
    assert not any(hook["pass_filenames"] for hook in hooks())


def test_the_workflow_runs_every_part_by_the_command_that_people_use() -> None:
    [path] = WORKFLOWS
    workflow = yaml.safe_load(path.read_text())
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert commands == ["bin/test --coverage"]
    assert {name for group in GROUPS.values() for name in group} <= {part.name for part in PARTS}


def test_the_workflow_may_read_the_source_and_nothing_more() -> None:
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        assert not any("permissions" in job for job in workflow["jobs"].values())
        assert "pull_request_target" not in path.read_text()
        assert "secrets." not in path.read_text()


def test_actions_of_others_are_pinned_by_commit() -> None:
    for path in WORKFLOWS:
        uses = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]
        assert uses
        assert [line for line in uses if not ACTION.match(line)] == []


def test_the_workflow_covers_every_python_that_the_project_supports() -> None:
    [path] = WORKFLOWS
    pythons = yaml.safe_load(path.read_text())["jobs"]["test"]["strategy"]["matrix"]["python"]
    minimum = re.search(r"^PYTHON_MINIMUM=(.+)$", (BASE_DIR / "bin" / "environment.sh").read_text(), re.MULTILINE)
    assert minimum is not None
    assert pythons[0] == minimum[1]
    assert pythons == [f"3.{minor}" for minor in range(11, 14)]
