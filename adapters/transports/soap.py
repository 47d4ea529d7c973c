"""SOAP 1.1 calls by a WSDL kept in the adapter, with WS-Security UsernameToken and Timestamp.

Specs: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ section 4.4 (Fault codes);
OASIS WS-Security UsernameToken Profile 1.1 section 3.1 (PasswordDigest). What the partner signed
is verified by `wssecurity`, never by zeep.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import zeep
from lxml import etree
from pydantic import SecretStr
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

from adapters.transports import wssecurity
from adapters.transports.https import Answer, Limits, Poster
from adapters.transports.soap_names import LIFETIME, SOAP, WSSE, WSU
from hub.errors import Issue, Refused, Unconfirmed, Unreachable, Unreadable
from hub.formats import xml_strict


class SoapClient:
    """One partner's SOAP service. The WSDL is read from disk once, at the first call.

    Every answer must be signed by a certificate of `trust`: a fault, too.
    """

    def __init__(
        self,
        wsdl: Path,
        url: str,
        username: str,
        password: SecretStr,
        limits: Limits,
        trust: wssecurity.Trust,
    ) -> None:
        self._wsdl = wsdl
        self._trust = trust
        self._poster = Poster(url, limits)
        self._username = username
        self._password = password
        self._lock = threading.Lock()
        self._zeep: Any = None

    def call(self, operation: str, body: bytes) -> bytes:
        """Send one operation element; give the answer's operation element.

        Raises:
            Unreachable: no connection, or the credentials were not accepted: nothing was done.
            Refused: a SOAP Client fault, or an HTTP status that says the message was not taken.
            Unconfirmed: sent, and no answer, a broken one, or a server error came back.
            Unreadable: an answer came that is not a clean SOAP document, or that the partner did
                not sign; the answer is its `evidence`.
        """
        client = self._client()
        definition = client.service._binding.get(operation)
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{definition.soapaction}"',
        }
        answer = self._poster.post(self._envelope(body), headers)
        proven = False
        try:
            root = _readable(answer)
            content = wssecurity.verified(root, self._trust, datetime.now(UTC))
            proven = True
            return self._taken(client, definition, answer, content)
        except Unreadable as problem:
            problem.evidence, problem.proven = answer.body, proven
            raise

    def _taken(self, client: Any, definition: Any, answer: Answer, body: etree._Element) -> bytes:
        content = list(body)
        try:
            client.service._binding.process_reply(client, definition, _response(answer))
        except Fault as fault:
            raise _fault(fault, body) from fault
        except (ZeepError, etree.LxmlError, ValueError, TypeError) as error:
            raise _unreadable(str(error)) from error
        if len(content) != 1:
            raise _unreadable(f"{len(content)} éléments dans le corps SOAP")
        return element_bytes(content[0])

    def _client(self) -> Any:
        with self._lock:
            if self._zeep is None:
                self._zeep = _load(self._wsdl)
            return self._zeep

    def _envelope(self, body: bytes) -> bytes:
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap-env": SOAP})
        etree.SubElement(envelope, f"{{{SOAP}}}Header")
        etree.SubElement(envelope, f"{{{SOAP}}}Body").append(xml_strict.parse(body))
        now = datetime.now(UTC).replace(microsecond=0)
        timestamp = etree.Element(f"{{{WSU}}}Timestamp", nsmap={"wsu": WSU})
        for name, instant in (("Created", now), ("Expires", now + timedelta(seconds=LIFETIME))):
            etree.SubElement(timestamp, f"{{{WSU}}}{name}").text = f"{instant:%Y-%m-%dT%H:%M:%SZ}"
        token: Any = UsernameToken
        token(
            self._username,
            self._password.get_secret_value(),
            use_digest=True,
            created=now,
            zulu_timestamp=True,
            timestamp_token=timestamp,
        ).apply(envelope, {})
        return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _load(wsdl: Path) -> Any:
    settings = zeep.Settings(
        strict=True,
        forbid_dtd=True,
        forbid_entities=True,
        forbid_external=True,
        xml_huge_tree=False,
    )
    build: Any = zeep.Client  # zeep carries no annotations
    return build(str(wsdl), settings=settings)


def element_bytes(element: etree._Element) -> bytes:
    """One element as bytes of its own, without namespaces it does not use."""
    alone = xml_strict.parse(etree.tostring(element, encoding="utf-8", with_tail=False))
    etree.cleanup_namespaces(alone)
    return etree.tostring(alone, encoding="utf-8")


def _readable(answer: Answer) -> etree._Element:
    try:
        root = xml_strict.parse(answer.body)
    except Unreadable:
        _raise_for_status(answer.status)
        raise
    if root.tag != f"{{{SOAP}}}Envelope":
        _raise_for_status(answer.status)
        raise _unreadable("la racine n'est pas une enveloppe SOAP")
    if answer.status != 200 and root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault") is None:
        _raise_for_status(answer.status)
    return root


def _raise_for_status(status: int) -> None:
    if status >= 500:
        raise Unconfirmed(
            Issue(
                "transient",
                f"Le partenaire a répondu HTTP {status} sans dire ce qu'il a fait. "
                "Le hub va lui demander ce qu'est devenu le message.",
                f"The partner answered HTTP {status} without saying what it did. "
                "The hub will ask what became of the message.",
            )
        )
    if status != 200:
        raise Refused(
            Issue(
                "processing",
                f"Le partenaire a refusé le message (HTTP {status}). "
                "Vérifiez l'adresse du service dans les réglages.",
                f"The partner refused the message (HTTP {status}). "
                "Check the service address in the settings.",
            )
        )


def _response(answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response._content = answer.body
    response.headers.update({"Content-Type": "text/xml; charset=utf-8"})
    return response


def _fault(fault: Fault, body: etree._Element) -> Refused | Unreachable | Unconfirmed:
    prefix, _, code = str(fault.code or "").rpartition(":")
    node = body.find(f"{{{SOAP}}}Fault/faultcode")
    scope: Any = node.nsmap.get(prefix or None) if node is not None else None
    issue = Issue(
        "processing",
        f"Le partenaire a répondu : « {fault.message} » ({code}).",
        f"The partner answered: “{fault.message}” ({code}).",
    )
    if scope == WSSE:
        return Unreachable(issue)
    return Refused(issue) if code.split(".")[0] == "Client" else Unconfirmed(issue)


def _unreadable(detail: str) -> Unreadable:
    return Unreadable(
        Issue(
            "structure",
            f"La réponse SOAP ne suit pas le contrat ({detail}). Signalez-le au partenaire.",
            f"The SOAP answer does not follow the contract ({detail}). Tell the partner.",
        )
    )
