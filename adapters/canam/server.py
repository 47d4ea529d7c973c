"""The sandbox's SOAP counter over HTTP: envelopes in, answers or typed faults out.

Spec: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ sections 4 and 6. Illustrative reference
profile: describes no official interface.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from lxml import etree
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.canam import documents, news
from adapters.canam.office import Office
from adapters.canam.registry import Rejected
from adapters.canam.security import Denied, Guard
from adapters.sandbox.behaviour import KINDS, Behaviour, Misbehaviour
from adapters.transports.soap_names import SOAP, WSSE
from adapters.transports.wssecurity_sign import Signer
from hub import errors
from hub.formats import xml_strict

PATH = "/amo"
_LARGEST = 2_000_000
#: `refuse` closes the door itself: see sandbox.py
_HERE = KINDS.keys() - {"refuse"}
_log = logging.getLogger(__name__)


def soap_app(
    office: Office, guard: Guard, behaviour: Behaviour, address: str, signer: Signer
) -> Starlette:
    """The HTTP application: POST /amo, and GET /amo?wsdl or ?xsd. Every answer is signed."""
    counter = _Counter(office, guard, behaviour, address, signer)
    return Starlette(
        routes=[
            Route(PATH, counter.contract, methods=["GET"]),
            Route(PATH, counter.answer, methods=["POST"]),
        ]
    )


class _Counter:
    def __init__(
        self, office: Office, guard: Guard, behaviour: Behaviour, address: str, signer: Signer
    ) -> None:
        self._signer = signer
        self._office = office
        self._guard = guard
        self._behaviour = behaviour
        self._address = address

    async def contract(self, request: Request) -> Response:
        """Le WSDL et son schéma (profil de référence illustratif)."""
        if "wsdl" in request.query_params:
            text = (documents.SCHEMA / "canam.wsdl").read_text(encoding="utf-8")
            text = text.replace("http://127.0.0.1:0/amo", self._address)
            return _xml(text.replace('"canam.xsd"', f'"{self._address}?xsd"').encode())
        if "xsd" in request.query_params:
            return _xml((documents.SCHEMA / "canam.xsd").read_bytes())
        return Response("Demandez ?wsdl, ou envoyez un message SOAP par POST.\n", 405)

    async def answer(self, request: Request) -> Response:
        """Un message SOAP 1.1."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST:
                return self._fault("Client", "E-XML-01", "Message trop long.")
        try:
            question = await run_in_threadpool(self._admit, bytes(body))
            wrong = self._behaviour.take(documents.name_of(question), _HERE)
            if wrong and wrong.kind in ("error", "fault"):
                return self._breakdown(wrong)
            answer = await run_in_threadpool(self._office.handle, question)
            if wrong and wrong.kind == "duplicate":
                answer = await run_in_threadpool(self._office.handle, question)
            if wrong and documents.name_of(question) == "RetirerMouvements":
                answer = news.twisted(answer, wrong.kind)
        except Denied as denied:
            return self._fault(f"wsse:{denied.code}", "E-SEC-01", str(denied))
        except Rejected as rejected:
            return self._fault("Client", rejected.code, str(rejected))
        except errors.Unreadable as unreadable:
            return self._fault("Client", "E-XML-01", unreadable.text)
        except Exception:
            _log.exception("panne du bac à sable")
            return self._fault("Server", "E-INT-01", "Panne interne du bac à sable : réessayez.")
        return await _finish(request, wrong, self._envelope(etree.fromstring(answer)))

    def _admit(self, body: bytes) -> etree._Element:
        envelope = xml_strict.parse(body)
        if envelope.tag != f"{{{SOAP}}}Envelope":
            raise Rejected("E-XML-01", "La racine n'est pas une enveloppe SOAP 1.1.")
        self._guard.check(envelope, datetime.now(UTC))
        questions = envelope.findall(f"{{{SOAP}}}Body/*")
        if len(envelope.findall(f"{{{SOAP}}}Body")) != 1 or len(questions) != 1:
            raise Rejected("E-XML-01", "Il faut un seul corps SOAP, et une seule opération.")
        return questions[0]

    def _breakdown(self, wrong: Misbehaviour) -> Response:
        if wrong.kind == "error":
            return Response("panne demandée\n", 500)
        return self._fault("Server", "E-INT-01", "Panne demandée : réessayez plus tard.")

    def _fault(self, code: str, anomaly: str, text: str) -> Response:
        prefixed = code if ":" in code else f"soapenv:{code}"
        fault = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soapenv": SOAP, "wsse": WSSE})
        etree.SubElement(fault, "faultcode").text = prefixed
        etree.SubElement(fault, "faultstring").text = text
        detail = etree.SubElement(fault, "detail")
        detail.append(documents.plain("Anomalie", {"code": anomaly, "message": text}))
        return _xml(self._envelope(fault), 500)

    def _envelope(self, content: etree._Element) -> bytes:
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
        etree.SubElement(envelope, f"{{{SOAP}}}Body").append(content)
        self._signer.sign(envelope, datetime.now(UTC))
        return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


async def _finish(request: Request, wrong: Misbehaviour | None, body: bytes) -> Response:
    kind = wrong.kind if wrong else ""
    if wrong and kind == "delay":
        await asyncio.sleep(wrong.seconds)
    while kind == "timeout-after-booking" and not await request.is_disconnected():
        await asyncio.sleep(0.05)
    return _xml(b"<<<\xff\xfe ceci n'est pas du XML" if kind == "garbage" else body)


def _xml(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="text/xml")
