"""What the sandbox's operator may order about prior authorisations that were put off."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from adapters.inamo.office import Office


class Approvals:
    """Decides, as the fund's medical adviser, requests that waited for their papers."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"reference": claim code, "decision": "accord" | "refus"}, and with an agreement
        {"quantities": {"1": 2}} to grant less for a line. {} lists those that wait.

        Raises:
            ValueError: in French: no such request waits, or no such decision.
        """
        if body:
            self._decide(body)
        return {"waiting": [record.key for record in self._office.waiting()]}

    def _decide(self, body: Mapping[str, Any]) -> None:
        waiting = {record.key: record for record in self._office.waiting()}
        record = waiting.get(str(body.get("reference")))
        if record is None:
            raise ValueError("Aucune demande ajournée ne porte cette référence.")
        if body.get("decision") not in ("accord", "refus"):
            raise ValueError("La décision est « accord » ou « refus ».")
        self._office.advise(record, body["decision"] == "accord", _quantities(body))


def _quantities(body: Mapping[str, Any]) -> dict[int, Decimal]:
    given = body.get("quantities", {})
    told = 'Donnez {"quantities": {"1": 2}} : rang de la ligne, quantité.'
    if not isinstance(given, dict) or not all(type(v) is int for v in given.values()):
        raise ValueError(told)
    try:
        return {int(rank): Decimal(quantity) for rank, quantity in given.items()}
    except ValueError:
        raise ValueError(told) from None
