"""`benkan audit`: what was done, by whom, and the proof that nobody changed it since."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import wiring
from hub.cli.output import console, print_json, table
from hub.evidence import dossier_verify, export_end, exports, keyfile
from hub.evidence.checkpoints import Checkpoint, key_id, public_key, public_pem
from hub.evidence.verify import Finding, Verdict, verify
from hub.fhir.audit_event import audit_event
from hub.formats import exact_json
from hub.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Search and verify the audit chain.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Key = Annotated[
    list[Path] | None,
    typer.Option("--key", help="Public key (PEM) kept apart from the hub; several if replaced."),
]
Kept = Annotated[
    list[Path] | None, typer.Option("--checkpoint", help="A checkpoint kept apart from the hub.")
]


@app.command("verify")
def verify_(
    export: Annotated[
        Path | None, typer.Option("--export", help="Verify this export alone, offline.")
    ] = None,
    dossier: Annotated[
        Path | None, typer.Option("--dossier", help="Verify this claim's dossier (JSON), offline.")
    ] = None,
    key: Key = None,
    checkpoint: Kept = None,
    as_json: Json = False,
) -> None:
    """Find any deletion, change, swap, insertion or truncation. Exit status 1 when found.

    Without --export and --dossier the database is verified, and what it stores is compared with
    the chain. With both, the dossier's rows must be in the export.
    """
    known = [_checkpoint(path) for path in checkpoint or ()]
    if dossier is not None:
        _verify_dossier(dossier, export, key, known, as_json)
        return
    if export is not None:
        told = exports.read(export.read_bytes())
        pems = _read(key) or [pem.encode() for pem in told.keys]
        trusted = _keys(pems)
        verdict = verify(told.entries, told.checkpoints, trusted, known)
        ended = (told.end, told.digest, told.entries, told.checkpoints, trusted)
        more = list(export_end.findings(*ended))
    else:
        hub = wiring.build(adapters={})
        pems = _read(key) or [public_pem(hub.audit_key.public_key())]
        verdict = verify(hub.store.audit_entries(), hub.store.checkpoints(), _keys(pems), known)
        more = list(hub.store.audit_differences())
        hub.close()
    _print(verdict, [*verdict.findings, *more], as_json)
    if export is not None and not key and not as_json:
        _own_key()
    if verdict.findings or more:
        raise typer.Exit(1)


@app.command("export")
def export_(file: Annotated[Path, typer.Argument(help="Where to write the export.")]) -> None:
    """Write the whole chain and its checkpoints to a file that can be verified anywhere."""
    hub = wiring.build(adapters={})
    hub.sign()
    checkpoints = hub.store.checkpoints()
    last = checkpoints[-1].seq if checkpoints else 0
    key, now = hub.audit_key, datetime.now(UTC)
    pem = public_pem(key.public_key()).decode()
    entries = (e for e in hub.store.audit_entries() if e.seq <= last)
    with file.open("wb") as out:
        out.writelines(exports.lines(entries, checkpoints, [pem], key, now))
    hub.close()
    console.print(
        f"{last} lignes et {len(checkpoints)} points de contrôle écrits dans {file}. / "
        f"{last} rows and {len(checkpoints)} checkpoints written.",
        markup=False,
        soft_wrap=True,
    )


@app.command("checkpoint")
def checkpoint_(
    out: Annotated[Path | None, typer.Option(help="Where to keep it, apart from the hub.")] = None,
) -> None:
    """Sign where the chain stands now, and print the newest checkpoint."""
    hub = wiring.build(adapters={})
    hub.sign()
    newest = hub.store.checkpoints()[-1:]
    hub.close()
    if not newest:
        console.print("La chaîne est encore vide. / The chain is still empty.")
        raise typer.Exit(1)
    tree = exports.checkpoint_tree(newest[0])
    if out is not None:
        out.write_bytes(exact_json.dumps(tree) + b"\n")
    print_json(tree)


@app.command("key")
def key_(
    make: Annotated[
        bool, typer.Option("--make", help="Make the file of BENKAN_AUDIT_KEY if it is missing.")
    ] = False,
) -> None:
    """Print the public key that verifies the checkpoints; keep it apart from the hub.

    All processes of a hub sign with one key: give them the same file in BENKAN_AUDIT_KEY.
    """
    settings = Settings()
    if make and settings.audit_key:
        keyfile.load_or_make(Path(settings.audit_key))
    hub = wiring.build(adapters={})
    print(public_pem(hub.audit_key.public_key()).decode(), end="")
    hub.close()


@app.command("list")
def list_(
    actor: Annotated[str | None, typer.Option(help="Only what this client or person did.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
    object: Annotated[str | None, typer.Option(help="Only about Exchange/…, Claim/…")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    as_json: Json = False,
    fhir: Annotated[bool, typer.Option("--fhir", help="Print a Bundle of AuditEvents.")] = False,
) -> None:
    """What was done, newest first."""
    hub = wiring.build(adapters={})
    found = hub.store.audit_search(actor=actor, action=action, object=object, limit=limit)
    hub.close()
    trees: list[dict[str, Any]] = [exact_json.loads(e.content.encode()) for e in found]
    if fhir:
        events = [audit_event(t, e.prev, e.digest) for t, e in zip(trees, found, strict=True)]
        entry = [{"resource": event} for event in events]
        print_json({"resourceType": "Bundle", "type": "collection", "entry": entry})
        return
    if as_json:
        print_json(trees)
        return
    names = ("seq", "at", "actor", "action", "object")
    table(
        f"{len(trees)} ligne(s) / row(s)",
        ["n°", "instant (UTC)", "acteur", "action", "objet"],
        [[str(tree[name]) for name in names] for tree in trees],
    )


def _verify_dossier(
    file: Path, export: Path | None, key: list[Path] | None, known: list[Checkpoint], as_json: bool
) -> None:
    tree = dossier_verify.read(file.read_bytes())
    pems = _read(key) or [dossier_verify.own_key(tree)]
    chain = exports.read(export.read_bytes()).entries if export else None
    findings = dossier_verify.verify(tree, _keys(pems), known, chain)
    verdict = Verdict(len(tree["audit"]), len(tree["checkpoints"]), "", tuple(findings))
    _print(verdict, findings, as_json)
    if not key and not as_json:
        _own_key()
    if findings:
        raise typer.Exit(1)


def _read(files: list[Path] | None) -> list[bytes]:
    return [file.read_bytes() for file in files or ()]


def _own_key() -> None:
    console.print(
        "La clé publique vient du fichier lui-même : pour une preuve, donnez par --key celle que "
        "vous avez gardée à part.\nThe public key comes from the file itself: for a proof, give "
        "with --key the one you kept apart.",
        soft_wrap=True,
    )


def _keys(pems: list[bytes]) -> dict[str, Any]:
    keys = [public_key(pem) for pem in pems]
    return {key_id(key): key for key in keys}


def _checkpoint(path: Path) -> Checkpoint:
    try:
        return exports.checkpoint_of(exact_json.loads(path.read_bytes()))
    except (KeyError, TypeError, ValueError):
        raise typer.BadParameter(
            f"{path}: ce n'est pas un point de contrôle / this is no checkpoint"
        ) from None


def _print(verdict: Verdict, findings: list[Finding], as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "holds": not findings,
                "entries": verdict.entries,
                "checkpoints": verdict.checkpoints,
                "head": verdict.head,
                "findings": [
                    {"kind": f.kind, "where": f.where, "fr": f.fr, "en": f.en} for f in findings
                ],
            }
        )
        return
    for finding in findings:
        console.print(
            f"{finding.where}\n    {finding.fr}\n    {finding.en}", markup=False, soft_wrap=True
        )
    counted = f"{verdict.entries} lignes, {verdict.checkpoints} points de contrôle"
    console.print(
        f"{counted} : {len(findings)} anomalie(s). / {len(findings)} finding(s)."
        if findings
        else f"{counted} : la chaîne est intacte. / The chain is intact."
    )
