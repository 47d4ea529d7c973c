"""What a partner did not sign, as we agreed it signs, is believed by nobody.

Source: OASIS WS-Security X.509 Certificate Token Profile 1.1; shared rule: strict, by position.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from signature_forms import FORMS, hostile
from signed_messages import NOW, RSA, SIGNER, signed

from adapters.transports.wssecurity import Trust, verified
from hub.errors import Unreadable
from hub.formats import xml_strict

CONTENT = b'<r xmlns="urn:r"><montant devise="XOF">12500</montant></r>'
EVIL = b'<r xmlns="urn:r"><montant devise="XOF">99500</montant></r>'
TRUST = Trust((SIGNER.certificate, RSA.certificate))
GOLDEN = Path(__file__).parents[1] / "data" / "wssecurity"


def read(raw: bytes, trust: Trust = TRUST, now: datetime = NOW) -> str:
    body = verified(xml_strict.parse(raw), trust, now)
    return "".join(body.itertext())


@pytest.mark.parametrize("signer", [SIGNER, RSA])
def test_what_is_signed_as_agreed_is_read(signer):
    raw = etree.tostring(signed(CONTENT, signer=signer))
    assert read(raw) == "12500"
    assert read(raw, now=NOW + timedelta(seconds=300)) == "12500"
    assert read(b"\xef\xbb\xbf" + raw) == "12500"


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_what_xmlsec_signed_is_read(kind):
    """Made by libxmlsec1 1.3 through zeep's BinarySignature: another implementation."""
    trust = Trust.read(GOLDEN / f"golden-{kind}.pem")
    then = datetime(2026, 11, 22, 8, 2, tzinfo=UTC)
    assert read((GOLDEN / f"golden-{kind}.xml").read_bytes(), trust, then) == "12500é & <"


@pytest.mark.parametrize("name", FORMS)
def test_a_hostile_signature_is_refused(name):
    raw = hostile(name, CONTENT, EVIL)
    assert raw != etree.tostring(signed(CONTENT))
    with pytest.raises(Unreadable):
        read(raw)


def test_nobody_is_believed_when_no_certificate_is_agreed_upon():
    with pytest.raises(Unreadable, match="none of those"):
        read(etree.tostring(signed(CONTENT)), Trust())


@pytest.mark.parametrize("years", [-1, 20])
def test_a_certificate_is_believed_while_it_is_valid(years):
    now = NOW + timedelta(days=365 * years)
    with pytest.raises(Unreadable, match="certificate expired"):
        read(etree.tostring(signed(CONTENT, now)), now=now)
