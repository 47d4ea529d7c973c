"""A secret may stand elsewhere; wherever it stands, nothing shows it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from adapters.canam.settings import Settings as Canam
from adapters.cmss.settings import Settings as Cmss
from adapters.inamo.settings import Settings as Inamo
from adapters.inps.settings import Settings as Inps

FIELDS = [
    (Canam, "password", {}),
    (Cmss, "password", {"hostkey": "ssh-ed25519 AAAA"}),
    (Inamo, "password", {}),
    (Inps, "secret", {}),
    (Inps, "callback_secret", {}),
]


@pytest.mark.parametrize(("kind", "field", "more"), FIELDS)
def test_a_reference_leads_to_the_secret(kind, field, more, tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("du-fichier\n", encoding="utf-8")
    monkeypatch.setenv("AILLEURS", "de-l-environnement")
    for given, meant in (
        ("env:AILLEURS", "de-l-environnement"),
        (f"file:{tmp_path}/secret", "du-fichier"),
        ("soi-même", "soi-même"),
    ):
        settings = kind(**{field: given}, **more)
        assert getattr(settings, field).get_secret_value() == meant
        assert meant not in repr(settings) + str(settings) + str(settings.model_dump())
    assert getattr(kind(**{field: SecretStr("x")}, **more), field) == SecretStr("x")


@pytest.mark.parametrize("given", ["env:NULLE_PART", "file:/nulle/part", "env:", "file:"])
def test_a_reference_that_leads_nowhere_is_told_by_its_name(given, monkeypatch):
    with pytest.raises(ValidationError, match=f"{given} leads to no secret"):
        Inps(secret=given)
