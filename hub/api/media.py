"""Content types: what may come in, what the client accepts.

https://hl7.org/fhir/R4/http.html#mime-type
"""

from __future__ import annotations

from hub.api.query import Parameters, first
from hub.errors import Issue, Unsupported

FHIR_JSON = "application/fhir+json; charset=utf-8"

_JSON = frozenset({"application/fhir+json", "application/json", "text/json"})
_FORMATS = _JSON | {"json", "application/fhir json"}  # "+" read as a space: the spec warns of it
_ANY = frozenset({"*/*", "application/*"})


def check_content(header: str | None, encoding: str | None = None) -> None:
    """Refuse a body that is not FHIR JSON in UTF-8.

    Raises:
        Unsupported: 415.
    """
    media, settings = _split(header or "")
    charset = settings.get("charset", "utf-8").lower()
    version = settings.get("fhirversion", "4.0")
    good = media in _JSON and charset in ("utf-8", "utf8") and version.startswith("4.0")
    if not good or (encoding or "identity").lower() != "identity":
        raise Unsupported(
            Issue(
                "not-supported",
                "Ce serveur ne lit que du JSON FHIR R4 en UTF-8, non compressé : envoyez "
                "Content-Type: application/fhir+json.",
                "This server reads only FHIR R4 JSON in UTF-8, not compressed: send "
                "Content-Type: application/fhir+json.",
            ),
            status=415,
        )


def check_form(header: str | None) -> None:
    """Refuse a search form that is not application/x-www-form-urlencoded.

    Raises:
        Unsupported: 415.
    """
    if _split(header or "")[0] != "application/x-www-form-urlencoded":
        raise Unsupported(
            Issue(
                "not-supported",
                "Une recherche par POST s’envoie en application/x-www-form-urlencoded.",
                "A search by POST is sent as application/x-www-form-urlencoded.",
            ),
            status=415,
        )


def check_accept(header: str | None, query: Parameters) -> None:
    """Refuse a client that does not take JSON; ``_format`` overrides the Accept header.

    Raises:
        Unsupported: 406.
    """
    wanted = first(query, "_format")
    if wanted is not None:
        good = _split(wanted)[0] in _FORMATS
    else:
        good = not header or any(_takes_json(part) for part in header.split(","))
    if not good:
        raise Unsupported(
            Issue(
                "not-supported",
                "Ce serveur ne répond qu’en JSON : demandez Accept: application/fhir+json "
                "ou _format=json.",
                "This server answers in JSON only: ask for Accept: application/fhir+json "
                "or _format=json.",
            ),
            status=406,
        )


def _takes_json(part: str) -> bool:
    media, settings = _split(part)
    refused = settings.get("q", "1").rstrip("0").rstrip(".") in ("", "0")
    return (media in _JSON or media in _ANY) and not refused


def _split(value: str) -> tuple[str, dict[str, str]]:
    media, *rest = (part.strip() for part in value.split(";"))
    pairs = (item.partition("=") for item in rest)
    return media.lower(), {k.strip().lower(): v.strip().strip('"') for k, _, v in pairs}
