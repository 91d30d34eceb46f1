"""The examples for continuous integration do what they say: their steps are run, with a server that is at hand.

What is run: every `run:` step of the workflow for GitHub and of `action.yml`, every script of the example for GitLab,
and the command of the Kubernetes Job. What is not: the actions that GitHub's runner executes (checkout, setup-python,
upload-artifact, upload-pages-artifact, deploy-pages), and the services that start a server for GitLab.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import pytest
import yaml
from redproof_properties.errors import TargetUnavailable
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.process import ProcessTarget
from redproof_reports.results import read_results

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOW = yaml.safe_load((ROOT / "docs/ci/github-fuzz.yml").read_text())
GITLAB = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text())
JOB = yaml.safe_load((ROOT / "docs/ci/kubernetes-fuzz.yml").read_text())
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
INSTALL = "Install redproof"
"""The step that is run once for all tests."""

IMAGE = "redproof/redis:7.0"
TAG = "redproof-ci-example"


@pytest.fixture(scope="module")
def programs(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs after the step that installs redproof."""
    (install,) = (step for step in ACTION["runs"]["steps"] if step.get("name") == INSTALL)
    runner = Runner(tmp_path_factory.mktemp("install"), python, {})
    assert runner.step(install) == 0, runner.log
    return python


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Python of its own, which sees what redproof needs and into which the steps install redproof."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "of-the-tests.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    return folder / "bin"


class Runner:
    """Runs the steps of a job in a folder, as the runner of GitHub Actions does (its docs: workflow commands)."""

    def __init__(self, folder: Path, programs: Path, values: Mapping[str, str]) -> None:
        self.folder = folder
        self.summary = folder / "summary.md"
        self.log = ""
        self._values = dict(values)
        self._environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            # "0" turns it off, whatever the name says: nothing is downloaded to build redproof.
            "PIP_NO_BUILD_ISOLATION": "0",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(folder / "output"),
        }

    def step(self, step: Mapping[str, Any]) -> int:
        """Run a step, and give its exit code; its outputs are values for later ones."""
        (self.folder / "output").write_text("")
        given = {name: self._expand(str(value)) for name, value in step.get("env", {}).items()}
        done = subprocess.run([*BASH, self._expand(step["run"])], cwd=self.folder, env=self._environment | given,
                              capture_output=True, text=True, check=False)  # fmt: skip
        self.log += done.stdout + done.stderr
        for line in (self.folder / "output").read_text().splitlines():
            name, _, value = line.partition("=")
            self._values[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode

    def action(self, inputs: Mapping[str, Any], without: str = INSTALL) -> dict[str, int]:
        """Run the steps of action.yml with these inputs up to the first that fails; their exit codes by name."""
        defaults = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
        for name, value in (defaults | dict(inputs)).items():
            assert name in defaults, name
            self._values[f"inputs.{name}"] = self._expand(str(value))
        codes: dict[str, int] = {}
        for step in (step for step in ACTION["runs"]["steps"] if "run" in step and step["name"] != without):
            codes[step["name"]] = self.step(step)
            if codes[step["name"]]:
                break
        return codes

    def _expand(self, text: str) -> str:
        return EXPRESSION.sub(lambda match: self._values[match[1]], text)


def test_the_inputs_of_the_action_are_those_that_are_documented() -> None:
    page = (ROOT / "docs" / "fuzz-in-ci.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| .*? \| `?(.*?)`? \|$", page, re.MULTILINE))
    told = {"must be given": None, "none": "", "chosen at random": ""}
    defaults = {name: each.get("default") for name, each in ACTION["inputs"].items()}
    assert {name: told.get(text, text) for name, text in rows.items()} == defaults
    for document in ("README.md", "docs/fuzz-in-ci.md"):
        for text in re.findall(r"```yaml\n(.*?)```", (ROOT / document).read_text(), re.DOTALL):
            (step,) = yaml.safe_load(text)
            assert step["with"].keys() <= defaults.keys()


def engine_has_the_image() -> bool:
    """Whether the server of the example can be built here."""
    try:
        with parse_target(f"docker:{IMAGE}"):
            return True
    except TargetUnavailable:
        return False


@pytest.fixture
def image() -> Iterator[None]:
    """What the example builds is taken away again."""
    if not engine_has_the_image():
        pytest.skip(f"no container engine answers, or it has no {IMAGE}: make images")
    yield
    subprocess.run(["docker", "image", "rm", "--force", TAG], check=True, capture_output=True)


def test_the_workflow_fuzzes_the_image_that_it_builds(tmp_path: Path, programs: Path, image: None) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\n")
    (tmp_path / "redproof.toml").write_text("")
    steps = WORKFLOW["jobs"]["fuzz"]["steps"]
    runner = Runner(tmp_path, programs, {"github.event_name == 'schedule' && '5h' || '5m'": "4s"})
    (build,) = (step for step in steps if "run" in step)
    assert runner.step({"run": build["run"].replace("server-under-test", TAG)}) == 0, runner.log
    (fuzz,) = (step for step in steps if step["uses" if "uses" in step else "run"].startswith("OWNER/redproof@"))
    inputs = {name: str(value).replace("server-under-test", TAG) for name, value in fuzz["with"].items()}
    assert runner.action(inputs) == dict.fromkeys(("Fuzz", "Report", "Verdict"), 0), runner.log
    results = read_results(tmp_path / ".redproof")
    assert results.commands > 0
    assert [target.spelling for target in results.targets] == [f"docker:{TAG}"]
    assert "No divergence in" in runner.summary.read_text()
    kept = next(step for step in steps if step.get("name") == "Keep what it left")["with"]["path"].split()
    assert all((tmp_path / name).is_dir() for name in kept)
    assert json.loads((tmp_path / "site" / "badge.json").read_text())["color"] == "brightgreen"


def test_the_action_fails_on_what_is_new_and_shows_it(tmp_path: Path, programs: Path) -> None:
    runner = Runner(tmp_path, programs, {})
    inputs = {"target": "redis", "max-time": "20s", "seed": 7, "workers": 1}
    arguments = "--groups hashes --judge-as 7.0 --commands 1500"
    codes = runner.action(inputs | {"arguments": arguments})
    assert codes["Fuzz"] == codes["Report"] == 0, runner.log
    assert codes["Verdict"] == 1
    new = len(read_results(tmp_path / ".redproof").new)
    assert runner.log.count("::error title=redproof") == new > 0
    assert "OBJECT ENCODING" in runner.summary.read_text()
    assert parse(tmp_path / ".redproof" / "junit.xml").getroot()[0].get("failures") == str(new)
    assert (tmp_path / "site" / "index.html").exists()


def test_the_action_says_that_nothing_was_judged(tmp_path: Path, programs: Path) -> None:
    runner = Runner(tmp_path, programs, {})
    codes = runner.action({"target": "redis://127.0.0.1:1", "workers": 1})
    assert (codes["Report"], codes["Verdict"]) == (0, 3), runner.log
    assert "::error title=redproof::nothing was judged" in runner.log


@pytest.fixture(scope="module")
def server() -> Iterator[Target]:
    """What the service of the example for GitLab is."""
    with parse_target("redis") as target:
        yield target


def test_the_scripts_for_gitlab_fuzz_a_service_and_leave_its_pages(
    tmp_path: Path, programs: Path, server: Target
) -> None:
    assert isinstance(server, ProcessTarget)
    (tmp_path / "redproof.toml").write_text("")
    variables = {name: value for name, value in GITLAB["variables"].items() if isinstance(value, str)}
    variables |= {"REDPROOF": f"{ROOT}[fast,lua]", "TARGET": str(server.tcp_address), "MAX_TIME": "3s"}
    environment = os.environ | variables | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PIP_NO_BUILD_ISOLATION": "0",
    }  # fmt: skip
    for job, scripts in (("fuzz", ("script", "after_script")), ("pages", ("script",))):
        for name in scripts:
            text = "\n".join(GITLAB[job][name])
            subprocess.run([*BASH, text], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=300)
    kept = [*GITLAB["fuzz"]["artifacts"]["paths"], *GITLAB["fuzz"]["artifacts"]["reports"].values()]
    assert all((tmp_path / name).exists() for name in kept)


def test_the_parts_of_the_job_are_of_one_campaign_and_go_on_where_they_were(tmp_path: Path, programs: Path) -> None:
    (container,) = JOB["spec"]["template"]["spec"]["containers"]
    (text,) = container["args"]
    short = text.replace("/results", str(tmp_path)).replace("local:redis-server", "redis")
    short = short.replace("--max-time 8h --workers 4", "--commands 500 --workers 1 --groups strings")
    assert text.count("8h") == short.count("--commands 500") == 1
    assert f"/{JOB['spec']['completions']}" in text
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for part in ("3", "3"):
        told = subprocess.run([*container["command"], short], env=environment | {"JOB_COMPLETION_INDEX": part},
                              check=True, capture_output=True, text=True)  # fmt: skip
    assert f"--shard 3/{JOB['spec']['completions']}" in told.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["part-3"]
