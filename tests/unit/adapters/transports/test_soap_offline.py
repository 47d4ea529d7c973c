"""The contract with a SOAP partner is read from disk: nothing is fetched, whatever it says."""

from __future__ import annotations

import socket

import pytest
from pydantic import SecretStr
from zeep.exceptions import Error as ZeepError

from adapters.canam import documents
from adapters.transports import soap
from adapters.transports.https import Limits
from adapters.transports.wssecurity import Trust
from hub.formats import xml_strict


@pytest.fixture
def offline(monkeypatch):
    """Whoever opens a connection is found out."""
    asked = []

    def refuse(self, address):
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *about, **more: asked.append(about) or [])
    yield asked
    assert asked == []


def client(wsdl):
    return soap.SoapClient(
        wsdl, "http://127.0.0.1:9/", "u", SecretStr("p"), Limits(), Trust()
    )._client()


def test_the_contract_is_read_without_any_network(offline):
    assert client(documents.SCHEMA / "canam.wsdl").service


@pytest.mark.parametrize(
    "elsewhere",
    ["http://127.0.0.1:9/canam.xsd", "https://benkan.example/canam.xsd", "file:///etc/hostname"],
)
def test_a_contract_that_leads_elsewhere_is_refused(offline, tmp_path, elsewhere):
    text = (documents.SCHEMA / "canam.wsdl").read_text(encoding="utf-8")
    assert '"canam.xsd"' in text
    (tmp_path / "a.wsdl").write_text(text.replace('"canam.xsd"', f'"{elsewhere}"'))
    with pytest.raises((ZeepError, ValueError, OSError)):
        client(tmp_path / "a.wsdl")


def test_a_contract_with_entities_is_refused(offline, tmp_path):
    text = (documents.SCHEMA / "canam.wsdl").read_text(encoding="utf-8")
    doctype = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    at = text.index("?>") + 2 if text.startswith("<?xml") else 0
    (tmp_path / "a.wsdl").write_text(text[:at] + doctype + text[at:])
    (tmp_path / "canam.xsd").write_bytes((documents.SCHEMA / "canam.xsd").read_bytes())
    with pytest.raises((ZeepError, ValueError)):
        client(tmp_path / "a.wsdl")


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:9/a.xsd", "../a.xsd", "/etc/a.xsd"])
def test_a_schema_that_leads_elsewhere_is_refused(offline, tmp_path, elsewhere):
    (tmp_path / "a.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        f'<xs:include schemaLocation="{elsewhere}"/></xs:schema>'
    )
    with pytest.raises(ValueError, match="not beside it"):
        xml_strict.Schema(tmp_path / "a.xsd")
