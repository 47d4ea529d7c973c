"""`benkan exchange dossier`: the proof of one claim, signed, as JSON and as a page to print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hub import wiring
from hub.cli import exchanges, partner_state
from hub.cli.acting import actor
from hub.cli.output import console
from hub.errors import Misconfigured
from hub.evidence import dossier_page
from hub.formats import exact_json
from hub.model import Tree
from hub.partner_wiring import adapter, partners
from hub.ports import Adapter
from hub.watching import dossiers


def register(app: typer.Typer) -> None:
    """Add the command to `benkan exchange`."""
    app.command("dossier")(dossier_)


def dossier_(
    name: exchanges.Id,
    as_json: Annotated[bool, typer.Option("--json", help="Print the signed JSON.")] = False,
    out: Annotated[
        list[Path] | None, typer.Option("--out", help="Write FILE.html and/or FILE.json. Repeat.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of the page: fr or en.")] = "fr",
    payload: Annotated[
        bool, typer.Option("--with-payload", help="With the bytes themselves; audited.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why the bytes are needed, for the audit.")] = "",
) -> None:
    """All that was received, sent and decided about a claim, with the proof of each part.

    Identities are masked unless --with-payload. Exit status 1 when what is stored is not what the
    audit chain attests. `benkan audit verify --dossier FILE.json` checks the JSON anywhere.
    """
    files = out or []
    if language not in ("fr", "en"):
        raise typer.BadParameter("--language : fr ou en / fr or en")
    if payload and not reason.strip():
        raise typer.BadParameter("--with-payload : --reason « motif » est exigé / is required")
    if any(path.suffix not in (".html", ".json") for path in files) or not (files or as_json):
        raise typer.BadParameter("--out : FICHIER.html ou .json / FILE.html or .json (--json)")
    hub = wiring.build(adapters={})
    try:
        found, shown = exchanges.find(hub, name)[-1], Masking(hub).shown
        tree = dossiers.made(hub, found, actor(hub), shown, payload=payload, reason=reason.strip())
    finally:
        hub.close()
    for path in files:
        whole = exact_json.dumps(tree) + b"\n"
        page = dossier_page.page(tree, language) if path.suffix == ".html" else ""
        path.write_bytes(page.encode() if page else whole)
    if as_json:
        sys.stdout.write(exact_json.dumps(tree).decode() + "\n")
    else:
        console.print(_told(tree, files), markup=False, soft_wrap=True)
    if not tree["holds"]:
        raise typer.Exit(1)


class Masking:
    """Masked copies of partners' bytes, made by their adapters."""

    def __init__(self, hub: wiring.Hub) -> None:
        self._settings = hub.settings
        self._adapters: dict[str, Adapter | None] = {}

    def shown(self, partner: str, body: bytes) -> str:
        """What this partner's adapter leaves to be read; "" when it cannot be asked."""
        if partner not in self._adapters:
            self._adapters[partner] = self._load(partner)
        known = self._adapters[partner]
        if known is None:
            return ""
        return dossiers.legible(known.redact(body))

    def _load(self, partner: str) -> Adapter | None:
        found = partners(self._settings).get(partner)
        if found is None:
            return None
        try:
            with partner_state.introduced(partner, partner_state.known(self._settings, partner)):
                return adapter(found)
        except Misconfigured:
            return None


def _told(tree: Tree, files: list[Path]) -> str:
    count = len(tree["audit"])
    fr = "conforme à la chaîne d'audit" if tree["holds"] else "ANOMALIES"
    en = "as the audit chain attests" if tree["holds"] else "FINDINGS"
    lines = [f"{', '.join(map(str, files))} : {count} lignes d'audit, {fr} / {count} rows, {en}."]
    lines += [f"{f['where']}\n    {f['fr']}\n    {f['en']}" for f in tree["findings"]]
    return "\n".join(lines)
