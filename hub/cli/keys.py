"""`benkan keys`: the keys that encrypt what is stored, one owner each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from hub import wiring
from hub.cli.acting import actor
from hub.cli.output import console, print_json, table
from hub.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Keys that encrypt what is stored.")

HUB = "hub"  #: how the hub's own key is called on the command line

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Partners = Annotated[
    list[str] | None,
    typer.Option("--partner", help="Whose key; hub for the hub's own. Repeat. Default: all."),
]
Reference = Annotated[
    str, typer.Option(help="Take the key from there (env:NAME) instead of making one.")
]


@app.command("list")
def list_(
    count: Annotated[
        bool, typer.Option("--count", help="Also count what each key seals: reads everything.")
    ] = False,
    as_json: Json = False,
) -> None:
    """All keys, without their secrets. Exit status 1 when one cannot be used."""
    hub = wiring.build(adapters={})
    keys = hub.store.keys
    lacking = {entry.id for entry, _ in keys.lacking()}
    sealed = hub.store.sealed_by() if count else {}
    hub.close()
    rows = [
        {
            "id": entry.id,
            "owner": entry.owner or HUB,
            "reference": entry.reference,
            "made": entry.made.isoformat(),
            "retired": entry.retired.isoformat() if entry.retired else None,
            "there": entry.id not in lacking,
            **({"values": _values(sealed, entry.id)} if count else {}),
        }
        for entry in keys.entries()
    ]
    opened = {"values_open": _values(sealed, "")} if count else {}
    if as_json:
        print_json({"keys": rows, "reads_plain": keys.reads_plain, **opened})
    else:
        columns = ["clé", "à qui", "référence", "créée le", "état"] + ["valeurs"] * count
        table(f"{len(rows)} clé(s) / key(s)", columns, [_cells(row) for row in rows])
        if keys.reads_plain:
            console.print(
                "Des données d’avant le chiffrement peuvent rester en clair : lancez « benkan "
                "keys rotate ». / Data from before may lie open: run 'benkan keys rotate'."
            )
    if lacking:
        raise typer.Exit(1)


@app.command()
def make(partner: Partners = None, reference: Reference = "") -> None:
    """Make the keys that are missing: the hub's, the index's, and one for each partner."""
    settings = Settings()
    owners = _owners(partner, settings)
    if reference and len(owners) != 1:
        raise typer.BadParameter("--reference : un seul --partner / exactly one --partner")
    hub = wiring.build(settings, adapters={})
    keys = hub.store.keys
    known = {entry.id for entry in keys.entries()}
    hub.store.first_keys(make=True)
    for owner in owners:
        keys.make(owner, reference=reference, only_missing=True)
    for entry in keys.entries():
        if entry.id not in known:
            hub.store.tell_key("key-made", entry.id, actor(hub), {"owner": entry.owner})
            console.print(f"{entry.id}  {entry.reference}", markup=False)
    hub.close()


@app.command()
def rotate(partner: Partners = None, reference: Reference = "") -> None:
    """A new key for each owner, under which all that is theirs is encrypted again.

    The hub may go on working meanwhile. Killed or stopped, the same command goes on where it was;
    two at once do no harm. Old keys stay in their folder: backups need them.
    """
    settings = Settings()
    hub = wiring.build(settings, adapters={})
    owners = _owners(partner, settings)
    if partner is None:
        mine = {entry.owner for entry in hub.store.keys.entries()}
        owners = sorted(owner for owner in mine if not owner.startswith("#"))
    if reference and len(owners) != 1:
        raise typer.BadParameter("--reference : un seul --partner / exactly one --partner")
    try:
        for owner in owners:
            done = hub.store.rotate(owner, actor(hub), _progress, reference)
            console.print(
                f"{owner or HUB} : {done.values} valeur(s) sous {done.key} ; "
                f"retirée(s) : {', '.join(done.retired) or '—'}. / values sealed again.",
                markup=False,
                soft_wrap=True,
            )
        if partner is None and not hub.store.refuse_plain():
            console.print(
                "Des données restent en clair : « benkan keys list --count » les compte, "
                "« benkan audit verify » les nomme. / Some data still lies open."
            )
    finally:
        hub.close()


def _owners(partner: list[str] | None, settings: Settings) -> list[str]:
    named = partner if partner is not None else [HUB, *settings.partners]
    return ["" if name == HUB else name for name in named]


def _progress(name: str, seen: int, written: int) -> None:
    if written:
        console.print(f"  {name} : {written} / {seen}", markup=False)


def _values(sealed: Mapping[tuple[str, str], int], key: str) -> int:
    return sum(number for (_, one), number in sealed.items() if one == key)


def _cells(row: Mapping[str, object]) -> list[str]:
    state = "retirée" if row["retired"] else "active"
    cells = [str(row[name]) for name in ("id", "owner", "reference", "made")]
    cells.append(state if row["there"] else "INTROUVABLE")
    return cells + ([str(row["values"])] if "values" in row else [])
