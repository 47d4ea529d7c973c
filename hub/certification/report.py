"""The dated report of a certification, as JSON and as a page to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from hub.certification.findings import Note, Outcome, Part, Result

WORDS: Mapping[str, Note] = {
    Part.TECHNICAL: Note(
        "Technique : protocole, délais, idempotence, masquage",
        "Technical: protocol, timeouts, idempotence, redaction",
    ),
    Part.DOMAIN: Note(
        "Métier : correspondances, tables de codes, liaisons, pertes",
        "Domain: maps, code tables, bindings, losses",
    ),
    Part.PROCESS: Note(
        "Processus : demande, réponse, paiement, annulation, incidents",
        "Process: claim, answer, payment, cancellation, misbehaviour",
    ),
    Outcome.PASSED: Note("réussi", "passed"),
    Outcome.FAILED: Note("échoué", "failed"),
    Outcome.SKIPPED: Note("sans objet", "not concerned"),
}
_STYLE = """
body { font: 10pt/1.4 system-ui, sans-serif; margin: 2em; color: #111; }
h1 { font-size: 15pt; } h2 { font-size: 12pt; margin-top: 1.6em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #999; padding: 3px 6px; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { background: #eee; } thead { display: table-header-group; } tr { break-inside: avoid; }
td.failed { font-weight: bold; } @page { size: A4; margin: 12mm; }
""".strip()


@dataclass(frozen=True, slots=True)
class Report:
    """What a certification found."""

    partner: str
    at: datetime  #: UTC
    version: str  #: of the hub
    against: str  #: address of the partner that was tried live; "" when none was
    operations: Sequence[tuple[str, str]]  #: (operation, how it travels)
    results: Sequence[Result]

    @property
    def passed(self) -> bool:
        """Did nothing fail?"""
        return all(result.outcome is not Outcome.FAILED for result in self.results)

    def tree(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return {
            "partner": self.partner,
            "at": self.at.isoformat(timespec="seconds"),
            "version": self.version,
            "against": self.against or None,
            "illustrative": True,
            "people": "synthetic",
            "passed": self.passed,
            "operations": dict(self.operations),
            "parts": {
                part.value: [_row(r) for r in self.results if r.part is part] for part in Part
            },
        }

    def page(self, language: str = "fr") -> str:
        """A page without script that loads nothing, in French or English."""
        title = said(
            Note(
                f"Rapport de certification : {self.partner}",
                f"Certification report: {self.partner}",
            ),
            language,
        )
        parts = [
            "<!doctype html>",
            f'<html lang="{language}"><head><meta charset="utf-8">',
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *(f"<p>{escape(said(line, language))}</p>" for line in self._head()),
        ]
        for part in Part:
            parts.append(f"<h2>{escape(said(WORDS[part], language))}</h2>")
            parts.append(self._table(part, language))
        return "\n".join([*parts, "</body></html>", ""])

    def _head(self) -> list[Note]:
        verdict = WORDS[Outcome.PASSED if self.passed else Outcome.FAILED]
        when = f"{self.at:%d/%m/%Y %H:%M:%S} UTC"
        said_of = ", ".join(f"{name} ({way})" for name, way in self.operations)
        against = self.against or "—"
        return [
            Note(f"Résultat : {verdict.fr}.", f"Result: {verdict.en}."),
            Note(
                f"Établi le {when} par Benkan {self.version}, contre {against}.",
                f"Made at {when} by Benkan {self.version}, against {against}.",
            ),
            Note(f"Opérations : {said_of}.", f"Operations: {said_of}."),
            Note(
                "Profil de référence illustratif : ne décrit aucune interface officielle. "
                "Toutes les personnes sont fictives.",
                "Illustrative reference profile: describes no official interface. "
                "All people are synthetic.",
            ),
        ]

    def _table(self, part: Part, language: str) -> str:
        rows = []
        for r in self.results:
            if r.part is part:
                notes = "<br>".join(escape(said(note, language)) for note in r.notes)
                outcome = escape(said(WORDS[r.outcome], language))
                title = escape(said(r.title, language))
                rows.append(
                    f'<tr><td>{title}</td><td class="{r.outcome}">{outcome}</td>'
                    f"<td>{notes}</td></tr>"
                )
        heads = [
            Note("Vérification", "Check"),
            Note("Résultat", "Result"),
            Note("Constat", "Findings"),
        ]
        head = "".join(f"<th>{said(h, language)}</th>" for h in heads)
        body = "\n".join(rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def said(note: Note, language: str) -> str:
    """The sentence in one of the two languages."""
    return note.en if language == "en" else note.fr


def _row(result: Result) -> dict[str, Any]:
    return {
        "check": result.code,
        "outcome": result.outcome.value,
        "fr": result.title.fr,
        "en": result.title.en,
        "notes": [{"fr": note.fr, "en": note.en} for note in result.notes],
    }
