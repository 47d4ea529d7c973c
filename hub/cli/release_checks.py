"""What `benkan doctor` says of the maps and tables that hold."""

from __future__ import annotations

from hub.authoring.two_people import alone
from hub.cli.checks import Check
from hub.wiring import Hub


def two_people(hub: Hub) -> list[Check]:
    """Was each published map or table approved by another person than its authors?"""
    found = alone(hub)
    told = ", ".join(found)
    wrong = [
        (
            f"en vigueur sans deux personnes distinctes : {told}. Lancez « benkan audit verify », "
            "puis faites relire et publier une nouvelle version, ou « benkan release revert ».",
            f"in force without two distinct people: {told}. Run 'benkan audit verify', then have "
            "a new version reviewed and published, or 'benkan release revert'.",
        )
    ]
    return [
        Check(
            "two-people",
            "cartes publiées approuvées par une seconde personne (celles livrées sont exemptées)",
            "published maps approved by a second person (those that came with the hub are exempt)",
            wrong if found else (),
        )
    ]
