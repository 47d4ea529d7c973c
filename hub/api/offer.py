"""What the edge offers for each resource type; the routes and the CapabilityStatement read it.

https://hl7.org/fhir/R4/http.html#capabilities
"""

from __future__ import annotations

from hub.errors import Issue, NotFound

#: Types a client may create. A ClaimResponse is created by whoever answers outside the hub.
CREATED = ("Patient", "Organization", "Coverage", "Claim", "ClaimResponse")

#: A type a client may create on its own, not in a Bundle: an order to the hub about a claim.
ORDERED = "Task"

#: Types that can be read, searched and read by version; the last ones are made by the hub.
SERVED = (
    *CREATED,
    ORDERED,
    "PaymentReconciliation",
    "PaymentNotice",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
)

#: Operations: type → (name, canonical URL of its definition).
OPERATIONS = {
    "Patient": (
        "member-match",
        "http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match",
    ),
    "Claim": ("submit", "http://hl7.org/fhir/OperationDefinition/Claim-submit"),
    "CoverageEligibilityRequest": (
        "submit",
        "http://hl7.org/fhir/OperationDefinition/CoverageEligibilityRequest-submit",
    ),
}


def served(type_name: str) -> str:
    """The type name itself, when the hub serves it.

    Raises:
        NotFound: the hub does not serve this type (the specification asks for 404).
    """
    if type_name in SERVED:
        return type_name
    shown = type_name[:64]
    types = ", ".join(SERVED)
    raise NotFound(
        Issue(
            "not-supported",
            f"Le type de ressource « {shown} » n’est pas servi ici. Types servis : {types}.",
            f'The resource type "{shown}" is not served here. Types served: {types}.',
        )
    )
