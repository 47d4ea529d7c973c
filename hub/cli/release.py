"""`benkan release`: maps and tables from draft to publication, and back."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.authoring import comparing, packages, proving, releases, replay
from hub.cli import acting, release_printing
from hub.cli.acting import opened
from hub.cli.output import console, print_json
from hub.errors import Invalid, Issue

app = typer.Typer(no_args_is_help=True, help="Versions of maps and tables: write, test, decide.")

Url = Annotated[str, typer.Argument(help="Canonical url of the map or table.")]
Hash = Annotated[str, typer.Option("--hash", help="Digest of the draft you have seen.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the history.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
From = Annotated[
    str, typer.Option("--from", help="First day (2026-12-01) or instant; empty: from now on.")
]
By = Annotated[str, typer.Option("--by", help="care (day of care) or submission.")]


@app.command("sign-in")
def sign_in(
    account: Annotated[str, typer.Argument(help="Your account (benkan user add).")],
    code: Annotated[
        str, typer.Option(help="Your present one-time code; asked for otherwise.")
    ] = "",
    stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password.")] = False,
) -> None:
    """Prove who you are; the commands below then act in your name for half an hour of rest."""
    password = (
        sys.stdin.readline().rstrip("\n")
        if stdin
        else typer.prompt("mot de passe / password", hide_input=True)
    )
    code = code or typer.prompt("code")
    with opened(None) as (hub, _):
        here = proving.Place("local")
        acting.keep(hub.settings, proving.sign_in(hub, account, password, code, here))
    console.print(f"{account} : session ouverte / signed in", markup=False)


@app.command("sign-out")
def sign_out() -> None:
    """End your session here."""
    with opened(None) as (hub, _):
        proving.sign_out(hub, acting.kept(hub.settings))
        acting.forget(hub.settings)


@app.command("list")
def list_(
    kind: Annotated[str, typer.Option(help="StructureMap, ConceptMap…")] = "",
    drafts: Annotated[bool, typer.Option("--drafts", help="Only those with a draft.")] = False,
    as_json: Json = False,
) -> None:
    """All maps and tables, what holds, and their drafts."""
    with opened("mapping.read") as (hub, _):
        found = [
            one
            for one in releases.artefacts(hub)
            if kind in ("", one.kind) and (one.draft or not drafts)
        ]
    release_printing.artefacts(found, as_json)


@app.command()
def show(url: Url, as_json: Json = False) -> None:
    """One artefact: its versions, their digests, from when they hold, and its draft."""
    with opened("mapping.read") as (hub, _):
        about, known = releases.artefact(hub, url), releases.versions(hub, url)
    release_printing.artefact(about, known, as_json)


@app.command()
def draft(
    url: Url,
    out: Annotated[Path | None, typer.Option(help="Where to write its text.")] = None,
    file: Annotated[Path | None, typer.Option(help="Begin with this text.", exists=True)] = None,
) -> None:
    """Open the draft, or the one there is; prints its digest and writes its text."""
    text = file.read_text(encoding="utf-8") if file else ""
    with opened("mapping.edit") as (hub, person):
        made = releases.open_draft(hub, person, url, text)
    _tell(made, out)


@app.command()
def save(
    url: Url, file: Annotated[Path, typer.Argument(help="The text.", exists=True)], seen: Hash
) -> None:
    """Write the draft's text; refused when another has written since --hash."""
    with opened("mapping.edit") as (hub, person):
        _tell(releases.save(hub, person, url, file.read_text(encoding="utf-8"), seen), None)


@app.command()
def example(
    url: Url,
    name: Annotated[str, typer.Argument(help="Letters, digits, dots, dashes.")],
    seen: Hash,
    given: Annotated[Path | None, typer.Option("--in", help="The source.", exists=True)] = None,
    expected: Annotated[
        Path | None, typer.Option("--out", help="What the map must give.", exists=True)
    ] = None,
) -> None:
    """Keep an example with the draft; without --in and --out this one does not count any more."""
    if (given is None) != (expected is None):
        raise typer.BadParameter("--in et / and --out, ou aucun / or neither")
    source = given.read_text(encoding="utf-8") if given else None
    wanted = expected.read_text(encoding="utf-8") if expected else ""
    with opened("mapping.edit") as (hub, person):
        _tell(releases.keep_example(hub, person, url, name, source, wanted, seen), None)


@app.command("test")
def run_tests(url: Url, as_json: Json = False) -> None:
    """Compile the draft and run the examples beside it. Exit status 1 when something fails."""
    with opened("mapping.read") as (hub, person):
        found = releases.test(hub, person, url)
    release_printing.tested(found, as_json)
    if not found.ok:
        raise typer.Exit(1)


@app.command()
def propose(url: Url, seen: Hash, reason: Reason) -> None:
    """Ask a second person to approve the draft."""
    with opened("mapping.propose") as (hub, person):
        _tell(releases.propose(hub, person, url, seen, reason), None)


@app.command()
def approve(url: Url, seen: Hash, reason: Reason, start: From = "", by: By = "submission") -> None:
    """Publish the proposed draft you have reviewed; only another person than its authors may."""
    with opened("mapping.publish") as (hub, person):
        release_printing.entry(releases.approve(hub, person, url, seen, _start(start), by, reason))


@app.command("send-back")
def send_back(url: Url, seen: Hash, reason: Reason) -> None:
    """Give a proposed draft back to its authors."""
    with opened("mapping.read") as (hub, person):
        _tell(releases.send_back(hub, person, url, seen, reason), None)


@app.command()
def discard(url: Url, seen: Hash) -> None:
    """Throw the draft away."""
    with opened("mapping.edit") as (hub, person):
        releases.discard(hub, person, url, seen)


@app.command()
def retire(url: Url, reason: Reason, start: From = "", by: By = "submission") -> None:
    """Let nothing hold for it any more; open exchanges keep their version."""
    with opened("mapping.publish") as (hub, person):
        release_printing.entry(releases.retire(hub, person, url, reason, _start(start), by))


@app.command()
def revert(url: Url, reason: Reason) -> None:
    """Return to the version before."""
    with opened("mapping.rollback") as (hub, person):
        release_printing.entry(releases.revert(hub, person, url, reason))


@app.command("replay")
def replay_(
    url: Url,
    count: Annotated[int, typer.Option(help="Exchanges at most, the newest first.")] = 100,
    seconds: Annotated[int, typer.Option(help="Ends then with what it has.")] = 300,
    as_json: Json = False,
) -> None:
    """Run the draft over real exchanges and tell what would change. Exit status 1: some fail."""
    with opened("mapping.read", partners=True) as (hub, person):
        made = replay.start(hub, person, url, count, seconds)
        replay.run(hub, made)
        found = replay.replay(hub, made.id)
    release_printing.replay(found, as_json)
    if found.state != "done" or found.result["counts"].get("failing"):
        raise typer.Exit(1)


@app.command()
def diff(
    url: Url,
    first: Annotated[str, typer.Argument(help="A version.")],
    second: Annotated[str, typer.Argument(help="Another, or draft.")] = comparing.DRAFT,
    as_json: Json = False,
) -> None:
    """Two versions side by side: their texts, and what they do differently."""
    with opened("mapping.read") as (hub, _):
        release_printing.compared(comparing.compare(hub, url, first, second), as_json)


@app.command()
def history(url: Url) -> None:
    """Who did what, when and why, as JSON; newest first."""
    with opened("mapping.read") as (hub, _):
        print_json(releases.history(hub, url))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.tgz", help="The package to write.")],
    urls: Annotated[list[str] | None, typer.Argument(help="Only these artefacts.")] = None,
) -> None:
    """Pack what holds now as a FHIR package."""
    with opened("mapping.read") as (hub, _):
        file.write_bytes(packages.export(hub, urls or ()))
    print(file)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.tgz", exists=True)], as_json: Json = False
) -> None:
    """Begin a draft of everything in a FHIR package that differs from what holds."""
    with opened("mapping.edit") as (hub, person):
        release_printing.brought(packages.bring(hub, person, file.read_bytes()), as_json)


def _tell(made: Any, out: Path | None) -> None:
    if out is not None:
        out.write_text(made.text, encoding="utf-8")
    console.print(f"{made.url} : {made.state}, sha256 {made.hash}", markup=False, soft_wrap=True)


def _start(said: str) -> date | datetime | None:
    try:
        if not said:
            return None
        return date.fromisoformat(said) if len(said) == 10 else datetime.fromisoformat(said)
    except ValueError:
        raise Invalid(
            Issue(
                "value",
                f"« {said} » n'est pas une date : écrivez 2026-12-01 ou 2026-12-01T08:00:00+00:00.",
                f"'{said}' is no date: write 2026-12-01 or 2026-12-01T08:00:00+00:00.",
            )
        ) from None
