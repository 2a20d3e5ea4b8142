"""What must hold everywhere in the house: who imports whom, who reads the clock, what files may be called."""

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from gateway import logs
from gateway.settings import setting_names

HOUSE = Path(__file__).parent.parent
PACKAGES = ("gateway", "menus", "models")
STDLIB_ONLY = ("models.vocabulary", "models.lifecycle", "models.triage")
ENTRYPOINTS = re.compile(
    r"gateway\.(app|wsgi|health|doors|providers\.guard|providers\.\w+\.callbacks|console(\.\w+)*|simulator(\.\w+)*)\Z"
)
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-build.txt")
FLOORS = ("providers", "outbox", "statistics", "casework", "conversations", "worker", "commands")
"""Rooms of the gateway, from the ground up: each knows those below it and none above."""
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}

FILES = sorted(path for package in PACKAGES for path in (HOUSE / package).rglob("*.py"))
TREES = {
    ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text())
    for path in FILES
}


def imports_of(module: str) -> set[str]:
    """Every name imported anywhere in the module, functions included, in full: `gateway.clock.Office`."""
    found = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names}
    return found


def top(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def foreign(module: str) -> set[str]:
    """The packages it imports that Python does not bring."""
    return top(imports_of(module)) - set(sys.stdlib_module_names)


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def modules(*packages: str, without: Callable[[str], object] = lambda module: False) -> Iterator[str]:
    return (module for module in TREES if within(module, *packages) and not without(module))


def nodes(module: str, *kinds: type[ast.AST]) -> Iterator[Any]:
    return (node for node in ast.walk(TREES[module]) if isinstance(node, kinds))


def test_menus_know_only_the_vocabulary() -> None:
    for module in modules("menus"):
        assert foreign(module) <= {"menus", "models", "rapidfuzz"}, module
        known = {name for name in imports_of(module) if within(name, "models")}
        assert all(within(name, "models.vocabulary") for name in known), module


def test_models_know_only_sqlalchemy() -> None:
    for module in modules("models"):
        allowed = {"models", "sqlalchemy"} | ({"alembic"} if within(module, "models.migrations") else set())
        assert foreign(module) <= allowed, module


def test_the_rules_of_a_case_know_only_python_and_the_vocabulary() -> None:
    for module in modules(*STDLIB_ONLY):
        assert all(within(name, "models.vocabulary") for name in imports_of(module) if foreign(module) & top({name}))


def test_no_import_hides_where_it_points() -> None:
    assert [module for module in TREES if "" in top(imports_of(module))] == []


def test_no_arrow_runs_back_up_within_the_gateway() -> None:
    for floor, room in enumerate(FLOORS):
        above = [f"gateway.{other}" for other in FLOORS[floor + 1 :]]
        for module in modules(f"gateway.{room}"):
            assert not [name for name in imports_of(module) if within(name, *above)], module
    loose = {"gateway.desk", "gateway.details"}
    rooms = [f"gateway.{room}" for room in FLOORS]
    assert not [name for module in loose for name in imports_of(module) if within(name, *rooms)]


def test_only_its_own_folder_knows_the_africastalking_sdk() -> None:
    others = modules("gateway", without=lambda module: within(module, "gateway.providers.africastalking"))
    assert [module for module in others if "africastalking" in foreign(module)] == []


def test_only_entrypoints_know_flask() -> None:
    others = modules("gateway", without=ENTRYPOINTS.match)
    assert [module for module in others if foreign(module) & {"flask", "flask_wtf", "flask_babel"}] == []


def test_a_wire_knows_no_network_and_no_store() -> None:
    wires = (module for module in TREES if module.endswith(".wire"))
    assert [module for module in wires if foreign(module) & {"flask", "requests", "sqlalchemy", "structlog"}] == []


def test_pure_parts_know_no_chance_and_no_clock() -> None:
    world = {"os", "random", "secrets", "socket", "time", "uuid"}
    assert [module for module in modules("menus", *STDLIB_ONLY) if top(imports_of(module)) & world] == []


def test_one_module_reads_the_clock() -> None:
    """`time.monotonic` measures and is free; the time of day is an argument."""
    readings = {f"{owner}.{name}" for owner in ("datetime", "date") for name in ("now", "utcnow", "today")}
    readings |= {f"datetime.{reading}" for reading in readings} | {"time.time", "time.time_ns"}
    for module in modules(*PACKAGES, without=lambda module: module == "gateway.clock"):
        read = {ast.unparse(node) for node in nodes(module, ast.Attribute)} & readings
        assert not read, f"{module}: take the time from gateway.clock"


def test_a_package_file_holds_a_docstring_and_nothing_else() -> None:
    for module in (".".join(path.parent.relative_to(HOUSE).parts) for path in FILES if path.name == "__init__.py"):
        assert ast.get_docstring(TREES[module]), module
        assert len(TREES[module].body) == 1, module


def test_every_module_says_what_belongs_in_it() -> None:
    assert [module for module in TREES if not ast.get_docstring(TREES[module])] == []


def test_every_file_name_says_what_is_in_it() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service"}
    assert [path for path in FILES if path.stem in vague] == []


def test_no_pattern_nests_unbounded_repeats() -> None:
    for module in TREES:
        for node in nodes(module, ast.Call):
            if ast.unparse(node.func).startswith("re.") and node.args and isinstance(node.args[0], ast.Constant):
                assert not nests(_parser.parse(node.args[0].value)), f"{module}:{node.lineno}"


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [(r"^(\w+\s?)*$", True), (r"((a|b+)c)+", True), (r"(?:x(?=y*))+", True), (r"\d(?:[ .]?\d){8,}z*", False)],
)
def test_nested_repeats_are_recognised(pattern: str, bad: bool) -> None:
    assert nests(_parser.parse(pattern)) is bad


def nests(part: Any, repeated: bool = False) -> bool:
    """Whether an unbounded repeat stands inside another: such a pattern can take exponential time."""
    if isinstance(part, _parser.SubPattern):
        return any(nests(entry, repeated) for entry in part)
    if not isinstance(part, tuple | list):
        return False
    if len(part) == 2 and part[0] in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
        endless = part[1][1] is _constants.MAXREPEAT
        return (repeated and endless) or nests(part[1][2], repeated or endless)
    return any(nests(entry, repeated) for entry in part)


def test_log_lines_are_constant_sentences_with_known_fields() -> None:
    for module in TREES:
        for node in nodes(module, ast.Call):
            owner, _, level = ast.unparse(node.func).rpartition(".")
            if owner in {"log", "logger"} and level in LEVELS:
                assert [type(part) for part in node.args] == [ast.Constant], f"{module}:{node.lineno}"
                names = {keyword.arg for keyword in node.keywords if keyword.arg}
                assert names <= logs.FIELDS | {"exc_info"}, f"{module}:{node.lineno}: see gateway.logs.FIELDS"


def test_nobody_reads_a_setting_past_the_settings() -> None:
    for module in modules(*PACKAGES, without=lambda module: module == "gateway.settings"):
        for node in nodes(module, ast.Call, ast.Subscript):
            if re.match(r"(os\.)?(environ|getenv)\b", ast.unparse(node)):
                words = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
                assert not words & set(setting_names()), f"{module}:{node.lineno}"


def test_the_top_level_holds_what_the_design_names() -> None:
    folders = {"gateway", "menus", "models", "tests", "docs", "bench", "deploy", "var", "wheels"}
    files = {"pyproject.toml", "Procfile", "README.md", "Makefile", "LICENSE", *LOCKS}
    assert {path.name for path in HOUSE.iterdir() if not path.name.startswith(".")} <= folders | files


def pins_of(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (HOUSE / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_hashes_and_no_address(lock: str) -> None:
    text = (HOUSE / lock).read_text()
    assert not re.search(r"https?:|file:|/|^-", text, re.MULTILINE)
    hashed = re.findall(r"^\S+==[^\n]+ \\\n    --hash=sha256:[0-9a-f]{64}\b", text, re.MULTILINE)
    assert len(hashed) == len(pins_of(lock)) == len(re.findall(r"^\S", text, re.MULTILINE)) > 0


def test_the_locks_hold_what_the_project_asks_for_and_agree() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    for asked, lock in (
        (project["project"]["dependencies"], "requirements.txt"),
        (project["dependency-groups"]["dev"], "requirements-dev.txt"),
        (project["build-system"]["requires"], "requirements-build.txt"),
    ):
        missing = {re.split(r"[\[<>=!~; ]", line)[0] for line in asked} - pins_of(lock).keys()
        assert not missing, f"run make lock: {lock} lacks {missing}"
    pinned = {pin for lock in LOCKS for pin in pins_of(lock).items()}
    assert len(pinned) == len(dict(pinned)), "run make lock: two lock files hold different versions of a package"


def test_everything_imported_is_asked_for() -> None:
    names = {
        "argon2": "argon2-cffi",
        "dotenv": "python-dotenv",
        "stdnum": "python-stdnum",
        "phonenumbers": "phonenumberslite",
    }
    by_others = {
        "werkzeug": "flask",
        "jinja2": "flask",
        "markupsafe": "flask",
    }
    asked = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]["dependencies"]
    installed = {re.split(r"[\[<>=!~; ]", line)[0] for line in asked}
    for module in TREES:
        used = {by_others.get(name, names.get(name, name)).replace("_", "-") for name in foreign(module)}
        assert used - set(PACKAGES) <= installed, module


def test_the_procfile_starts_each_process_by_our_command() -> None:
    lines = ["release: beliperak db upgrade", "web: beliperak web", "worker: beliperak worker"]
    assert (HOUSE / "Procfile").read_text().splitlines() == lines


def test_make_has_every_promised_target() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (HOUSE / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test", "setup", "check", "bench", "lock", "wheels"} <= set(targets)


def test_ci_checks_and_tests() -> None:
    script = (HOUSE / ".ci/run").read_text()
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert script.splitlines()[-2:] == ["make check", "make test"]


def test_nothing_is_left_of_a_merge() -> None:
    """Lint sees it in code; in a document nobody would."""
    papers = [*HOUSE.glob("*.md"), *(path for folder in ("docs", "deploy") for path in (HOUSE / folder).rglob("*"))]
    texts = {
        path.name: path.read_text("utf-8") for path in papers if path.suffix in (".md", ".conf", ".cfg", ".service")
    }
    assert "decisions.md" in texts
    marks = ("<" * 7 + " ", "=" * 7 + "\n", ">" * 7 + " ")
    left = [name for name, text in texts.items() if any(f"\n{mark}" in text for mark in marks)]
    assert left == []
