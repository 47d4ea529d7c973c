"""`benkan doctor`: may the hub start? And the refusal to start when it may not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from hub import wiring
from hub.cli import checks, door_checks, key_checks, release_checks
from hub.cli.checks import Check
from hub.cli.output import console, print_json
from hub.errors import Issue, Misconfigured, Problem
from hub.evidence.chain import Act
from hub.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `benkan`."""
    app.command()(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Each start-up check, and what to do where one fails. Exit status 1 when one does."""
    settings = Settings()
    found = examine(settings)
    if as_json:
        print_json([_tree(check, settings) for check in found])
    else:
        for check in found:
            _print(check, settings)
    if any(check.wrong for check in found):
        raise typer.Exit(1)


def examine(settings: Settings) -> list[Check]:
    """All checks; where the database cannot be opened, that and those that need none."""
    try:
        hub = wiring.build(settings, adapters={})
    except Problem as problem:
        wrong = [(issue.fr, issue.en) for issue in problem.issues]
        schema = Check("schema", "schéma de la base", "schema of the database", wrong)
        return [schema, *checks.of_machine(settings)]
    try:
        return _all(settings, hub)
    finally:
        hub.close()


def refuse_unsafe(settings: Settings, hub: wiring.Hub) -> None:
    """Let a process start only when nothing unsafe was found, or it was accepted by its code.

    What was accepted (BENKAN_ACCEPT) is a row of the audit at each start.

    Raises:
        Misconfigured: with every check that failed.
    """
    failed = [check for check in _all(settings, hub) if check.wrong and check.blocks]
    refused = [check for check in failed if check.code not in settings.accept]
    if refused:
        hub.close()
        issues = [
            Issue("security", f"[{c.code}] {fr}", f"[{c.code}] {en}")
            for c in refused
            for fr, en in c.wrong
        ]
        raise Misconfigured(*issues)
    if failed:
        now, codes = datetime.now(UTC), [check.code for check in failed]
        hub.store.record([Act("hub", "unsafe-start", "Hub/settings", now, {"accepted": codes})])


def _all(settings: Settings, hub: wiring.Hub) -> list[Check]:
    found = checks.of_hub(settings, hub)
    if not any(one.wrong for one in found if one.code == "audit-key"):
        found.append(door_checks.audit_signer(hub))
    return [
        *found,
        door_checks.https(settings),
        *key_checks.payload_keys(settings, hub),
        *release_checks.two_people(hub),
    ]


def _tree(check: Check, settings: Settings) -> dict[str, object]:
    return {
        "code": check.code,
        "ok": not check.wrong,
        "blocks": check.blocks and check.code not in settings.accept,
        "fr": [fr for fr, _ in check.wrong] or [check.fr],
        "en": [en for _, en in check.wrong] or [check.en],
    }


def _print(check: Check, settings: Settings) -> None:
    accepted = " (accepté / accepted: BENKAN_ACCEPT)" if check.code in settings.accept else ""
    mark = "non" if check.wrong else "ok "
    console.print(
        f"{mark}  {check.code:<17} {check.fr} / {check.en}{accepted if check.wrong else ''}",
        markup=False,
        soft_wrap=True,
    )
    for fr, en in check.wrong:
        console.print(f"     {fr}\n     {en}", markup=False, soft_wrap=True)
