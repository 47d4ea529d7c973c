"""The rules of this house (CONTRIBUTING.md), kept by a machine."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from hub.cli import app
from hub.mapping.library import Library
from hub.settings import Settings

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 300
FORBIDDEN_MODULES = {"utils", "util", "helpers", "helper", "common", "base", "misc", "shared"}
SHARED_BY_ADAPTERS = {"transports", "sandbox", "declared"}  #: folders that are not partners
WITHOUT_MAPS = {"loopback"}  #: the partner in memory speaks whatever a test gives it

#: Calls of float() that never see money: file → what it counts.
FLOATS_WITHOUT_MONEY = {
    "hub/api/call.py": "seconds of Prefer: wait",
    "hub/fhir/outcome.py": "quality values of Accept-Language",
    "adapters/sandbox/behaviour.py": "seconds of a delay asked for",
    "adapters/sandbox/control.py": "seconds the sandbox's clock moves",
}

#: Where json is read without parse_float=Decimal: file → why no amount can be in it.
JSON_WITHOUT_MONEY = {
    "hub/formats/exact_json.py": "the exact reader itself: numbers are kept as their text",
    "hub/formats/compile_definitions.py": "official definitions",
    "hub/formats/definitions/__init__.py": "compiled type tables",
    "hub/formats/logical.py": "logical models: names and cardinalities",
    "hub/fhir/bindings.py": "value sets",
    "hub/fhir/splice.py": "looks only for where values end; the bytes stay",
    "hub/exchange/routing.py": "routing table",
    "hub/cli/place.py": "addresses of what `benkan up` started",
    "hub/cli/up.py": "addresses of what `benkan up` started",
    "hub/cli/demo.py": "organizations",
    "hub/cli/sample.py": "routing table",
    "hub/mapping/fhirpath/strings.py": "a string literal",
    "adapters/sandbox/world.py": "organizations",
}


@cache
def files(*folders: str) -> list[Path]:
    """What is or will be committed under these folders (all: no argument)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return [path for name in listed if name and (path := ROOT / name).is_file()]


def sources(*folders: str) -> list[Path]:
    return [path for path in files(*folders) if path.suffix == ".py"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts(*folders: str) -> list[tuple[str, str]]:
    """(name, content) of the text files."""
    found = []
    for path in files(*folders):
        body = path.read_bytes()
        if b"\0" not in body:
            found.append((name(path), body.decode("utf-8", errors="replace")))
    return found


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def adapter_folders() -> set[str]:
    folders = {
        path.relative_to(ROOT).parts[1]
        for path in sources("adapters")
        if path.parent != ROOT / "adapters"
    }
    return folders - SHARED_BY_ADAPTERS


def declared_adapters() -> dict[str, str]:
    return project()["project"]["entry-points"]["benkan.adapters"]


def documentation() -> str:
    pages = [path for path in files("README.md", "README.fr.md", "docs") if path.suffix == ".md"]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def settings_table() -> str:
    """The rows of README's tables that begin with a setting's name."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.startswith("| `BENKAN_"))


def test_no_source_file_is_longer_than_one_thing() -> None:
    long = {
        name(path): lines
        for path in sources("hub", "adapters")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_every_module_says_in_one_line_what_it_is() -> None:
    silent = [
        name(path)
        for path in sources("hub", "adapters", "mappings")
        if not ast.get_docstring(ast.parse(path.read_bytes()))
    ]
    assert silent == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = [
        name(path) for path in sources() if {path.stem, path.parent.name} & FORBIDDEN_MODULES
    ]
    assert drawers == []


def test_no_partner_is_named_inside_the_hub() -> None:
    partners = adapter_folders() | set(declared_adapters())
    named = re.compile(rf"(?<![a-z])({'|'.join(sorted(partners))})(?![a-z])", re.IGNORECASE)
    found = [f"{file}: {match[0]}" for file, text in texts("hub") for match in named.finditer(text)]
    assert found == []


def test_every_adapter_is_declared_independent_and_has_its_maps() -> None:
    folders = adapter_folders()
    assert folders == set(declared_adapters())
    for partner, target in declared_adapters().items():
        assert target == f"adapters.{partner}:build"
    contracts = project()["tool"]["importlinter"]["contracts"]
    independent = [c["modules"] for c in contracts if c["type"] == "independence"]
    assert independent == [sorted(f"adapters.{folder}" for folder in folders)]
    mapped = {
        path.relative_to(ROOT).parts[1] for path in files("mappings") if path.suffix == ".fml"
    }
    assert folders - WITHOUT_MAPS <= mapped


def test_every_setting_of_the_hub_is_in_the_readme() -> None:
    table = settings_table()
    absent = [field for field in Settings.model_fields if f"`BENKAN_{field.upper()}`" not in table]
    assert absent == []


def test_the_readme_gives_the_default_of_every_setting() -> None:
    def written(value: object) -> str:
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if value in ("", []):
            return "empty"
        if isinstance(value, list):
            value = ",".join(value)
        return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"

    table = settings_table()
    wrong = [
        key
        for field, info in Settings.model_fields.items()
        if f"| `{(key := f'BENKAN_{field.upper()}')}` | {written(info.default)} |" not in table
    ]
    assert wrong == []


def test_every_setting_of_a_partner_is_documented() -> None:
    documented = documentation()
    absent = []
    for path in sources("adapters"):
        if b"(BaseSettings)" not in path.read_bytes():
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for kind in vars(module).values():
            if (
                isinstance(kind, type)
                and issubclass(kind, BaseSettings)
                and kind.__module__ == module.__name__
            ):
                prefix = kind.model_config.get("env_prefix", "")
                absent += [
                    key
                    for field in kind.model_fields
                    if (key := f"{prefix}{field}".upper()) not in documented
                ]
    assert absent == []


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    known = {f"BENKAN_{field.upper()}" for field in Settings.model_fields}
    partners = "|".join(sorted(adapter_folders())).upper()
    listed = re.findall(r"^\| `(BENKAN_\w+)`", settings_table(), re.MULTILINE)
    unknown = [
        key for key in listed if key not in known and not re.match(rf"BENKAN_({partners})_", key)
    ]
    assert listed
    assert unknown == []


def commands(command: Any, path: str) -> Iterator[str]:
    """The full name of every command below this one: benkan up, benkan exchange list…"""
    children = getattr(command, "commands", None)
    if children is None:
        yield path
    for word, child in (children or {}).items():
        yield from commands(child, f"{path} {word}")


def test_every_command_is_documented() -> None:
    documented = documentation()
    every = list(commands(typer.main.get_command(app), "benkan"))
    assert every
    assert [command for command in every if command not in documented] == []


def test_the_documentation_names_no_command_that_does_not_exist() -> None:
    every = list(commands(typer.main.get_command(app), "benkan"))
    groups = {command.rpartition(" ")[0] for command in every} - {"benkan"}
    named = set()
    pattern = r"(?:^|[`/])benkan ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?"
    for first, second in re.findall(pattern, documentation(), re.MULTILINE):
        in_group = f"benkan {first}" in groups and second
        named.add(f"benkan {first} {second}" if in_group else f"benkan {first}")
    assert named
    assert named - set(every) - groups == set()


def test_mappings_hold_data_and_no_program() -> None:
    programs = [name(path) for path in sources("mappings") if path.name != "__init__.py"]
    assert programs == []


def maps() -> list[Path]:
    return [path for path in files("mappings") if path.suffix == ".fml"]


def test_every_map_compiles() -> None:
    library = Library([ROOT / "mappings"])
    found = [f"{name(path)}: {error}" for path in maps() for error in library.check(path)]
    assert maps()
    assert found == []


def test_every_map_has_a_pair_of_examples() -> None:
    """One that others import is shown by their examples."""
    imported = {
        address
        for path in maps()
        for address in re.findall(r"^imports [\"']([^\"']+)", path.read_text("utf-8"), re.MULTILINE)
    }
    bare = []
    for path in maps():
        address = re.search(r"^/// url = '([^']+)'", path.read_text("utf-8"), re.MULTILINE)
        pairs = [
            given
            for given in (path.parent / "examples" / path.stem).glob("*.in.json")
            if given.with_name(given.name.replace(".in.json", ".out.json")).is_file()
        ]
        if not pairs and not (address and address[1] in imported):
            bare.append(name(path))
    assert bare == []


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-dev.lock", "requirements-fuzz.lock"]
)
def test_a_lock_file_holds_names_versions_and_hashes_only(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pin = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]* \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert lines
    assert [line for line in lines if not pin.fullmatch(line)] == []


def test_every_dependency_is_locked() -> None:
    def plain(requirement: str) -> str:
        return re.split(r"[\[<>=!~; ]", requirement)[0].replace(".", "-").lower()

    def locked(lock: str) -> set[str]:
        return set(
            re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
        )

    build = project()["build-system"]["requires"]
    needed = {plain(r) for r in [*project()["project"]["dependencies"], *build]}
    tools = {plain(r) for r in project()["project"]["optional-dependencies"]["dev"]}
    assert needed - locked("requirements.lock") == set()
    assert (needed | tools) - locked("requirements-dev.lock") == set()


def test_nothing_committed_names_a_registry_or_a_folder_of_someones_machine() -> None:
    address = re.compile(
        r"pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|(ghcr|quay|docker)[.]io/"
    )
    machine = re.compile(r"(?<![\w/.:$}-])/(work|root|home/\w+|Users/\w+|opt/wheels)/\w")
    found = [
        f"{file}: {match[0]}"
        for file, text in texts()
        for pattern in (address, machine)
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_money_never_meets_a_float() -> None:
    """float() is not called, and JSON is read with Decimal in the hub and in the adapters."""
    found = []
    for path in sources("hub", "adapters"):
        for call in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(call, ast.Call):
                continue
            called = ast.unparse(call.func)
            exact = any(
                keyword.arg == "parse_float" and ast.unparse(keyword.value) == "Decimal"
                for keyword in call.keywords
            )
            if called == "float" and name(path) not in FLOATS_WITHOUT_MONEY:
                found.append(f"{name(path)}:{call.lineno}: float()")
            if called in ("json.load", "json.loads", "json.JSONDecoder") and not (
                exact or name(path) in JSON_WITHOUT_MONEY
            ):
                found.append(f"{name(path)}:{call.lineno}: json without parse_float=Decimal")
    assert found == []


def test_every_worker_collects_the_same_tests() -> None:
    """pytest-xdist stops when two workers name a parametrized test differently."""
    chance = {"time", "monotonic", "uuid4", "token_hex", "token_urlsafe", "urandom", "random"}
    wrong = []
    for path in sources("tests"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
        marks = [mark for function in functions for mark in function.decorator_list]
        tables = [
            n.value for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign) and n.value
        ]
        for call in (n for part in marks + tables for n in ast.walk(part)):
            if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in chance:
                wrong.append(f"{name(path)}:{call.lineno}: {ast.unparse(call)}")
    assert not wrong, "\n".join(wrong)
