"""`benkan partner`: what is installed, what it needs, and that secrets stay secret."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.cli.certifying import run
from hub.errors import Misconfigured
from hub.partner_wiring import partners
from hub.settings import Settings

PROFILE = Path(__file__).parents[2] / "data" / "mutuelle"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENKAN_DATA", str(tmp_path))
    monkeypatch.setenv("BENKAN_PROFILES", str(PROFILE))
    monkeypatch.setenv("BENKAN_SOGOBA_SECRET", "personne-ne-doit-le-voir")
    monkeypatch.setenv("COLUMNS", "200")


def told(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def listed() -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(told("partner", "list", "--json"))}


def test_the_list_works_without_a_hub_and_names_declared_partners_too() -> None:
    found = listed()
    assert set(partners(Settings())) == set(found)
    assert found["sogoba"]["operations"] == ["claim"]
    assert found["sogoba"]["transport"] == "https-xml"
    assert found["loopback"]["state"] == "ready"
    assert all(row["operations"] for row in found.values())


def test_a_partner_is_ready_when_somebody_listens_at_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}/x"
        monkeypatch.setenv("BENKAN_SOGOBA_URL", url)
        assert listed()["sogoba"]["state"] == "ready"
    assert listed()["sogoba"]["state"] == "not started"


def test_a_partner_is_shown_with_its_maps_and_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENKAN_MAPPINGS", str(PROFILE / "mappings"))
    shown = json.loads(told("partner", "show", "sogoba", "--json"))
    assert shown["settings"]["BENKAN_SOGOBA_SECRET"] == "***"
    assert "personne-ne-doit-le-voir" not in told("partner", "show", "sogoba")
    [row] = shown["maps"]
    assert [m.rpartition("/")[2] for m in row["maps"]] == [
        "sogoba-claim|1.0.0",
        "sogoba-claim-answer|1.0.0",
        "sogoba-claim-payment|1.0.0",
    ]
    assert shown["resends_safely"] is True


def test_an_unknown_partner_or_address_is_a_usage_error() -> None:
    with pytest.raises(Misconfigured, match="Choose among"):
        CliRunner().invoke(app, ["partner", "certify", "nobody"], catch_exceptions=False)
    with pytest.raises(Misconfigured, match="is no address"):
        run(Settings(), partners(Settings())["sogoba"], "somewhere")


def test_a_profile_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "profile.json"
    broken.write_text('{"name": "x"}')
    monkeypatch.setenv("BENKAN_PROFILES", str(broken))
    with pytest.raises(Misconfigured, match=r"profile\.json.*families"):
        partners(Settings())
