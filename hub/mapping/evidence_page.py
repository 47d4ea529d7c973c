"""The evidence of a translation as one page to print and keep: no script, nothing loaded.

Source: https://html.spec.whatwg.org/, https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hub.mapping.evidence import Evidence, Item
from hub.mapping.evidence_rows import SOURCES, TARGETS, source_rows, target_rows

_MOST, _WIDTH = 1000, 100_000
_STYLE = """
body { font: 10pt/1.4 system-ui, sans-serif; margin: 2em; color: #111; }
h1 { font-size: 15pt; } h2 { font-size: 12pt; margin-top: 1.6em; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #999; padding: 3px 6px; text-align: left; vertical-align: top;
  white-space: pre-wrap; overflow-wrap: anywhere; }
th { background: #eee; } thead { display: table-header-group; } tr { break-inside: avoid; }
code { font-size: 8.5pt; overflow-wrap: anywhere; }
@page { size: A4 landscape; margin: 12mm; }
""".strip()


def page(evidence: Evidence) -> str:
    """The whole HTML document."""
    traced = evidence.traced
    title = f"Trace de la traduction / Trace of the translation: {evidence.map}"
    parts = [
        "<!doctype html>",
        '<html lang="fr"><head><meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f"<p>Établie le / made at {escape(evidence.at.strftime('%Y-%m-%d %H:%M:%S'))} UTC</p>",
        "<h2>Ce qui a servi / What was used</h2>",
        _table(
            ("Rôle / Role", "Nom / Name", "Fichier / File", "SHA-256"),
            [
                _used("source", evidence.source),
                *(_used("carte / map", item) for item in evidence.maps),
                *(_used("table de codes / code table", item) for item in evidence.tables),
            ],
        ),
        "<h2>Ce qui a été produit / What was made</h2>",
        _table(TARGETS, target_rows(traced, _MOST, _WIDTH)),
        "<h2>Ce que la source contenait / What the source held</h2>",
        _table(SOURCES, source_rows(traced, _MOST, _WIDTH)),
    ]
    if traced.warnings:
        warned = [[w.path, w.fr, w.en] for w in traced.warnings]
        parts += ["<h2>Avertissements / Warnings</h2>", _table(("", "Français", "English"), warned)]
    if not traced.complete:
        parts.append(
            "<p>La source est si grande que les lectures n’ont pas toutes été notées. / "
            "The source is so large that not all reads were noted.</p>"
        )
    return "\n".join([*parts, "</body></html>", ""])


def _used(role: str, item: Item) -> list[str]:
    return [role, item.name, item.file, item.sha256]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
