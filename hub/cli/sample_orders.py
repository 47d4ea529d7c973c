"""Beside the sheets: prior authorisations asked for, orders to cancel a sheet; all fictitious."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from hub.cli import sample
from hub.cli.demo import BASE
from hub.cli.sample_lines import ACTS, act_line
from hub.model import Tree

#: https://terminology.hl7.org/CodeSystem-financialtaskcode.html
TASKS = "http://terminology.hl7.org/CodeSystem/financialtaskcode"
#: The act of the demo world that needs an authorisation, and who does it.
ACT = "img-scanner"
PLACES = sample.Kind("scanner", "institutional", ("EPH", "CHU"), 1)
PLANNED_DAYS = 14  #: the care lies at most so many days after the request
WHY = (
    "Feuille saisie deux fois.",
    "Erreur de bénéficiaire.",
    "Acte non réalisé : le patient ne s'est pas présenté.",
)


def preauthorizations(
    count: int,
    seed: int,
    partners: set[str] | None = None,
    reference: date = sample.REFERENCE_DATE,
) -> Iterator[tuple[str, Tree]]:
    """(file name, FHIR R4 Claim with use=preauthorization); arguments as `sample.generate`.

    Raises:
        Invalid: the demo world has no insured people of these bodies.
    """
    random = Random(f"benkan-preauthorization-{seed}")  # noqa: S311 - sample data, not a secret
    for number, (_, claim) in enumerate(sample.generate(count, seed, partners, reference), 1):
        sheet = f"AP-{seed:04d}-{number:07d}"
        day = reference + timedelta(days=random.randint(1, PLANNED_DAYS))
        currency = claim["total"]["currency"]
        country = next(c for c, money in sample.CURRENCIES.items() if money == currency)
        found = sample.provider_of(random, PLACES, country)
        provider = found[0] if found else claim["provider"]["reference"].partition("/")[2]
        line = act_line(random, ACT, country, reference)
        money: Tree = {"value": line.price, "currency": currency}
        yield (
            f"preauthorization-{sheet}.json",
            claim
            | {
                "identifier": [{"system": f"{BASE}/sid/feuille", "value": sheet}],
                "type": {"coding": [{"system": sample.CLAIM_TYPE, "code": "institutional"}]},
                "subType": {
                    "coding": [{"system": f"{BASE}/CodeSystem/type-feuille", "code": "examens"}]
                },
                "use": "preauthorization",
                "billablePeriod": {"start": day.isoformat(), "end": day.isoformat()},
                "created": reference.isoformat(),
                "provider": {"reference": f"Organization/{provider}"},
                "item": [
                    {
                        "sequence": 1,
                        "diagnosisSequence": [1],
                        "category": {
                            "coding": [
                                {"system": f"{BASE}/CodeSystem/categorie", "code": line.category}
                            ]
                        },
                        "productOrService": {
                            "coding": [{"system": ACTS, "code": ACT, "display": line.display}]
                        },
                        "servicedDate": day.isoformat(),
                        "quantity": {"value": 1},
                        "unitPrice": money,
                        "net": money,
                    }
                ],
                "total": money,
            },
        )


def cancellation(claim: Tree, reference: date = sample.REFERENCE_DATE) -> tuple[str, Tree]:
    """(file name, Task) by which the provider takes this claim back.

    Source: https://hl7.org/fhir/R4/task.html
    """
    number = claim["identifier"][0]
    random = Random(f"benkan-cancellation-{number['value']}")  # noqa: S311 - sample data
    task: Tree = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": TASKS, "code": "cancel"}]},
        "focus": {"type": "Claim", "identifier": number},
        "authoredOn": f"{reference.isoformat()}T12:00:00Z",
        "requester": claim["provider"],
        "reasonCode": {"text": random.choice(WHY)},
    }
    return f"task-cancel-{number['value']}.json", task
