"""Prior authorisations: what was granted, for how long, and whether a claim comes too late."""

from __future__ import annotations

from datetime import date

from hub.formats import exact_json
from hub.model import Tree
from hub.ports import Store

#: Codes of ClaimResponse.item.adjudication (CodeSystem rubrique): quantities asked and granted.
ASKED, GRANTED = "demande", "accorde"


def told(response: Tree) -> str:
    """The number, the period and what was granted in part, in French; "" of a claim's decision."""
    if response.get("use") != "preauthorization" or not response.get("preAuthRef"):
        return ""
    period = response.get("preAuthPeriod") or {}
    start, end = _day(period.get("start")), _day(period.get("end"))
    limits = f"{f' du {start}' if start else ''}{f' au {end}' if end else ''}"
    valid = f", valable{limits}" if limits else ""
    parts = [_granted(item) for item in response.get("item", [])]
    lines = "".join(f" {part}" for part in parts if part)
    return f" Accord n° {response['preAuthRef']}{valid}.{lines}"


def warnings(store: Store, claim: Tree, day: date) -> list[str]:
    """Authorisations a claim refers to and that were not in force on the day of care; French.

    The institution decides; the provider is told at once.
    """
    numbers = [n for i in claim.get("insurance", []) for n in i.get("preAuthRef", [])]
    found = []
    for number in dict.fromkeys(numbers):
        stored = store.find("ClaimResponse", "preauth-ref", "", number)
        period = exact_json.loads(stored.body).get("preAuthPeriod") or {} if stored else {}
        start, end = str(period.get("start", "")), str(period.get("end", ""))
        text = day.isoformat()
        if end and text[: len(end[:10])] > end[:10]:
            found.append(
                f"L'accord préalable {number} n'est plus valable : il a pris fin le {_day(end)}, "
                f"les soins sont du {day:%d/%m/%Y}. L'organisme décide ; demandez une prolongation "
                "s'il refuse."
            )
        elif start and text[: len(start[:10])] < start[:10]:
            found.append(
                f"L'accord préalable {number} n'est valable qu'à partir du {_day(start)}, les "
                f"soins sont du {day:%d/%m/%Y}. L'organisme décide."
            )
    return found


def _granted(item: Tree) -> str:
    values = {
        coding.get("code"): adjudication.get("value")
        for adjudication in item.get("adjudication", [])
        for coding in adjudication.get("category", {}).get("coding", [])
    }
    asked, granted = values.get(ASKED), values.get(GRANTED)
    if asked is None or granted is None or asked == granted:
        return ""
    return f"Ligne {item.get('itemSequence')} : accordé {granted}, demandé {asked}."


def _day(text: object) -> str:
    return "/".join(reversed(str(text or "")[:10].split("-")))
