"""The fictitious mutual of Sogoba: an HTTPS server of its own, written from its profile alone.

Decides and pays what it gets; drops second copies; keeps notices until they are read.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMESPACE = "https://benkan.example/xml/sogoba/1"
SECRET = "secret-de-la-mutuelle"
HOST = "127.0.0.1"


@dataclass
class Books:
    """What the mutual has registered."""

    sheets: dict[str, ElementTree.Element] = field(default_factory=dict)  #: by our key, once
    sends: list[str] = field(default_factory=list)  #: keys in order of arrival, copies included
    notices: dict[str, bytes] = field(default_factory=dict)  #: by name, until they are read
    mute: int = 0  #: so many next sheets are registered and never answered
    lock: threading.Lock = field(default_factory=threading.Lock)

    def register(self, key: str, sheet: ElementTree.Element) -> None:
        with self.lock:
            self.sends.append(key)
            if key not in self.sheets:
                self.sheets[key] = sheet
                number = len(self.sheets)
                self.notices[f"AV-{number}"] = self._notice(key, number)

    def decision(self, key: str) -> bytes:
        """The first act is covered at 70 %, the others not at all (reason PRIX)."""
        with self.lock:
            sheet = self.sheets[key]
            number = list(self.sheets).index(key) + 1
        lines, asked, taken = [], Decimal(0), Decimal(0)
        for act in sheet.iter(f"{{{NAMESPACE}}}acte"):
            amount = Decimal(_text(act, "montant"))
            share = amount * 7 / 10 if act.get("rang") == "1" else Decimal(0)
            asked, taken = asked + amount, taken + share
            reason = "" if share else "<motif>PRIX</motif>"
            lines.append(
                f"<acte rang={quoteattr(act.get('rang', ''))}><demande>{amount:f}</demande>"
                f"<pris>{share:.0f}</pris>{reason}</acte>"
            )
        return (
            f'<Decision xmlns="{NAMESPACE}" envoi={quoteattr(key)} etat="DECIDEE">'
            f"<numero>D-{number}</numero><texte>Pris en charge en partie.</texte>{''.join(lines)}"
            f"<demande>{asked:f}</demande><pris>{taken:.0f}</pris>"
            f"<devise>{escape(_text(sheet, 'devise'))}</devise></Decision>"
        ).encode()

    def _notice(self, key: str, number: int) -> bytes:
        first = next(self.sheets[key].iter(f"{{{NAMESPACE}}}acte"))
        paid = f"{Decimal(_text(first, 'montant')) * 7 / 10:.0f}"
        return (
            f'<AvisPaiement xmlns="{NAMESPACE}" ordre="V-{number}" nombre="1" total="{paid}">'
            f"<Paiement envoi={quoteattr(key)}><numero>D-{number}</numero><ordre>V-{number}</ordre>"
            f"<date>2026-10-20</date><montant>{paid}</montant><devise>XOF</devise></Paiement>"
            "</AvisPaiement>"
        ).encode()


class Mutual:
    """A running server; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.books = Books()
        self.authority = folder / "authority.pem"
        key = folder / "key.pem"
        _certificate(self.authority, key)
        self._server = ThreadingHTTPServer(
            (HOST, 0), type("Handler", (_Handler,), {"books": self.books})
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self._server.server_address[1]}/mutuelle"

    @property
    def settings(self) -> dict[str, str]:
        """What the hub must be told to reach it."""
        return {
            "BENKAN_SOGOBA_URL": self.url,
            "BENKAN_SOGOBA_SECRET": SECRET,
            "BENKAN_SOGOBA_AUTHORITY": str(self.authority),
        }

    def __enter__(self) -> Mutual:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Sheets in, decisions and notices out."""

    books: Books  #: of the server it belongs to

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sheet = ElementTree.fromstring(body)
        key = sheet.get("envoi", "")
        if not self._known() or self.headers["Idempotency-Key"] != key:
            return self._say(401 if not self._known() else 422)
        self.books.register(key, sheet)
        if self.books.mute > 0:
            self.books.mute -= 1
            self.close_connection = True
            return None
        return self._say(
            202, f'<Decision xmlns="{NAMESPACE}" envoi={quoteattr(key)} etat="RECUE"/>'.encode()
        )

    def do_GET(self) -> None:
        if not self._known():
            return self._say(401)
        kind, _, name = self.path.removeprefix("/mutuelle/").partition("/")
        if kind == "feuilles":
            known = name in self.books.sheets
            return self._say(200, self.books.decision(name)) if known else self._say(404)
        if not name:
            names = "".join(f"<avis>{name}</avis>" for name in self.books.notices)
            return self._say(200, f'<Liste xmlns="{NAMESPACE}">{names}</Liste>'.encode())
        return (
            self._say(200, self.books.notices[name])
            if name in self.books.notices
            else self._say(404)
        )

    def do_DELETE(self) -> None:
        name = self.path.rpartition("/")[2]
        self._say(200 if self.books.notices.pop(name, None) else 404)

    def _known(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {SECRET}"

    def _say(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{{{NAMESPACE}}}{name}") or ""


def _certificate(certificate: Path, key: Path) -> None:
    """A certificate that is its own authority, for this address and an hour."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mutuelle fictive de Sogoba")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
