"""A dossier as one page to print and keep: no script, nothing loaded, A4.

Source: https://html.spec.whatwg.org/, https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from html import escape
from typing import Any

from hub.formats import exact_json
from hub.model import Tree

_STYLE = """
body { font: 9.5pt/1.4 system-ui, sans-serif; margin: 2em; color: #111; }
h1 { font-size: 15pt; } h2 { font-size: 12pt; margin-top: 1.6em; break-after: avoid; }
h3 { font-size: 10.5pt; margin-bottom: .3em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; margin-bottom: .8em; }
th, td { border: 1px solid #999; padding: 2px 5px; text-align: left; vertical-align: top; }
.long { overflow-wrap: anywhere; min-width: 9em; }
th { background: #eee; } thead { display: table-header-group; } tr { break-inside: avoid; }
code, pre { font-size: 7.5pt; overflow-wrap: anywhere; white-space: pre-wrap; }
.verdict { border: 2px solid #111; padding: .5em 1em; font-weight: bold; }
@page { size: A4; margin: 12mm; }
""".strip()

#: Letters of the longest word that a column keeps whole.
_LONGEST = 26

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Dossier de preuve", "Evidence dossier"),
    "holds": (
        "Ce qui est conservé est ce que la chaîne d'audit atteste.",
        "What is stored is what the audit chain attests.",
    ),
    "broken": (
        "Ce qui est conservé n'est pas ce que la chaîne d'audit atteste.",
        "What is stored is not what the audit chain attests.",
    ),
    "made": ("Établi le {} par {} ({}).", "Made at {} by {} ({})."),
    "reason": ("Avec les contenus, motif : {}", "With the contents, reason: {}"),
    "without": (
        "Les identités sont masquées ; les empreintes sont celles des octets non masqués.",
        "Identities are masked; the digests are those of the unmasked bytes.",
    ),
    "illustrative": (
        "Les profils des organismes sont des profils de référence illustratifs : ils ne décrivent "
        "aucune interface officielle.",
        "The institutions' profiles are illustrative reference profiles: they describe no "
        "official interface.",
    ),
    "check": (
        "Pour vérifier : benkan audit verify --dossier FICHIER.json --key CLÉ.pem, avec la clé "
        "gardée à part de la plateforme. Cette page se lit ; c'est le fichier JSON qui est signé.",
        "To verify: benkan audit verify --dossier FILE.json --key KEY.pem, with the key kept "
        "apart from the platform. This page is for reading; the JSON file is what is signed.",
    ),
    "claim": ("Ce qui est prouvé", "What is proved"),
    "exchange": ("Échange", "Exchange"),
    "maps": ("Cartes", "Maps"),
    "story": ("Histoire", "Story"),
    "messages": ("Messages reçus et envoyés", "Messages received and sent"),
    "resources": ("Ressources conservées", "Resources kept"),
    "audit": ("Lignes d'audit", "Audit rows"),
    "checkpoints": ("Points de contrôle signés", "Signed checkpoints"),
    "findings": ("Anomalies", "Findings"),
    "out": ("envoyé", "sent"),
    "in": ("reçu", "received"),
    "held": ("retenu", "held"),
}
_COLUMNS: dict[str, tuple[str, str]] = {
    "subject": (
        "ressource|feuille|prestataire|montant|soins",
        "resource|sheet|provider|amount|care",
    ),
    "maps": ("rôle|carte|sha256 du fichier", "role|map|sha256 of the file"),
    "story": ("instant (UTC)|fait|qui|récit", "instant (UTC)|what|who|story"),
    "messages": (
        "instant (UTC)|sens|objet|octets|carte|sha256",
        "instant (UTC)|way|kind|bytes|map|sha256",
    ),
    "resources": ("ressource|version|instant|empreinte", "resource|version|instant|digest"),
    "audit": ("n°|instant|acteur|action|objet|empreinte", "no.|instant|actor|action|object|digest"),
    "checkpoints": (
        "n°|jusqu'à la ligne|instant|clé|empreinte|signature",
        "no.|up to row|instant|key|digest|signature",
    ),
    "findings": ("où|quoi", "where|what"),
}


def page(dossier: Tree, language: str = "fr") -> str:
    """The whole HTML document of a dossier, in French or English."""
    return "\n".join([*_Page(dossier, language).lines(), ""])


class _Page:
    def __init__(self, dossier: Tree, language: str) -> None:
        self._d, self._language, self._n = dossier, language, 0 if language == "fr" else 1

    def lines(self) -> Iterator[str]:
        d, made = self._d, self._d["made"]
        title = f"{self._word('title')} : {d['subject']['identifier'].rpartition('|')[2]}"
        yield "<!doctype html>"
        yield f'<html lang="{self._language}"><head><meta charset="utf-8">'
        yield '<meta http-equiv="Content-Security-Policy" '
        yield "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        yield f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        yield f"<h1>{escape(title)}</h1>"
        yield f'<p class="verdict">{escape(self._word("holds" if d["holds"] else "broken"))}</p>'
        about = self._word("made").format(
            _moment(made["at"]), made["actor"], f"Benkan {made['version']}"
        )
        told = self._word("reason").format(made["reason"])
        for text in (about, told if made["payload"] else self._word("without")):
            yield f"<p>{escape(text)}</p>"
        yield f"<p>{escape(self._word('illustrative'))}</p><p>{escape(self._word('check'))}</p>"
        if d["findings"]:
            name = ("fr", "en")[self._n]
            yield from self._part("findings", [[f["where"], f[name]] for f in d["findings"]])
        s = d["subject"]
        subject = [s["resource"], s["identifier"], s["provider"]]
        subject += [f"{s['amount']} {s['currency']}", _day(s["care_date"])]
        yield f"<h2>{escape(self._word('claim'))}</h2>"
        yield self._table("subject", [subject])
        for exchange in d["exchanges"]:
            yield from self._exchange(exchange)
        yield from self._part(
            "resources",
            [
                [v["object"], str(v["version"]), _moment(v["at"]), v["sha256"]]
                for v in d["resources"]
            ],
        )
        yield from self._part("audit", [_entry(e) for e in d["audit"]])
        yield from self._part("checkpoints", [_checkpoint(c) for c in d["checkpoints"]])
        yield f"<pre>{escape(d['key']['pem'])}{escape(d['signature']['value'])}</pre></body></html>"

    def _exchange(self, e: Tree) -> Iterator[str]:
        head = f"{self._word('exchange')} {e['operation']} → {e['partner'] or '?'} : {e['state']}"
        yield f"<h2>{escape(head)}</h2>"
        held = f" — {self._word('held')} : {e['reason']}" if e["held"] else ""
        ours = f"{e['id']} · {e['submission']} · {e['partner_reference'] or '—'}{held}"
        yield f"<p>{escape(ours)}</p>"
        maps = [[role, m["canonical"], m["sha256"]] for role, m in e["maps"].items()]
        if maps:
            yield self._table("maps", maps)
        lines = [
            [
                _moment(v["at"]),
                f"{v['what']}{' → ' + v['state'] if v['state'] else ''}",
                v["actor"],
                v["text"],
            ]
            for v in e["events"]
        ]
        yield f"<h3>{escape(self._word('story'))}</h3>" + self._table("story", lines)
        messages = [
            [
                _moment(m["at"]),
                self._word(m["direction"]),
                f"{m['kind']} {m['name']}",
                str(m["bytes"]),
                m["map"],
                m["sha256"],
            ]
            for m in e["messages"]
        ]
        yield f"<h3>{escape(self._word('messages'))}</h3>" + self._table("messages", messages)
        for m in e["messages"]:
            if m.get("shown"):
                yield f"<h3>{escape(m['kind'])} {m['sha256'][:16]}…</h3>"
                yield f"<pre>{escape(m['shown'])}</pre>"

    def _part(self, name: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
        yield f"<h2>{escape(self._word(name))}</h2>"
        yield self._table(name, rows)

    def _table(self, name: str, rows: Sequence[Sequence[str]]) -> str:
        heads = "".join(f"<th>{escape(h)}</th>" for h in _COLUMNS[name][self._n].split("|"))
        cells = "\n".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{cells}\n</tbody></table>"

    def _word(self, name: str) -> str:
        return _WORDS[name][self._n]


def _checkpoint(c: Tree) -> list[str]:
    signed = (str(c[name]) for name in ("key", "digest", "signature"))
    return [str(c["number"]), str(c["seq"]), _moment(str(c["at"])), *signed]


def _cell(text: str) -> str:
    """One word longer than a column of its own may be broken anywhere; others never are."""
    kind = ' class="long"' if max(map(len, text.split()), default=0) > _LONGEST else ""
    return f"<td{kind}>{escape(text)}</td>"


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "—"


def _moment(text: str) -> str:
    """22/11/2026 12:47:45.474 of an instant in ISO form; the signed file has all its digits."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    return f"{at:%d/%m/%Y %H:%M:%S}.{at.microsecond // 1000:03}"


def _entry(e: Tree) -> list[str]:
    said: Any = exact_json.loads(e["content"].encode())
    names = ("actor", "action", "object")
    named = (str(said[name]) for name in names)
    return [str(e["seq"]), _moment(said["at"]), *named, e["digest"]]
