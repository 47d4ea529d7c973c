"""The search parameters the hub knows, with the elements they look at.

Source: https://hl7.org/fhir/R4/searchparameter-registry.html. Two are not in R4 but our own:
`Coverage?subscriber-id`, expression Coverage.subscriberId (R5 has it too), and
`ClaimResponse?preauth-ref`, expression ClaimResponse.preAuthRef (a number).
Dates are indexed by the text of the element; periods are not.
"""

from __future__ import annotations

from collections.abc import Mapping

#: parameter → (kind, elements); a path is walked through arrays
Table = Mapping[str, tuple[str, tuple[str, ...]]]

_ANY: Table = {"_id": ("id", ("id",)), "identifier": ("token", ("identifier",))}


def _tokens(*names: str) -> Table:
    return {name: ("token", (name,)) for name in names}


def _references(**paths: str) -> Table:
    return {name.replace("_", "-"): ("reference", (path,)) for name, path in paths.items()}


_CREATED: Table = {"created": ("date", ("created",))}
_DISPOSITION: Table = {"disposition": ("string", ("disposition",))}

EXPRESSIONS: Mapping[str, Table] = {
    "Patient": {
        **_ANY,
        **_tokens("active", "gender"),
        **_references(
            general_practitioner="generalPractitioner", organization="managingOrganization"
        ),
        "birthdate": ("date", ("birthDate",)),
        "name": (
            "string",
            ("name.text", "name.family", "name.given", "name.prefix", "name.suffix"),
        ),
        "family": ("string", ("name.family",)),
        "given": ("string", ("name.given",)),
        "telecom": ("token", ("telecom",)),
    },
    "Organization": {
        **_ANY,
        **_tokens("active", "type"),
        **_references(partof="partOf", endpoint="endpoint"),
        "name": ("string", ("name", "alias")),
        "address-city": ("string", ("address.city",)),
    },
    "Coverage": {
        **_ANY,
        **_tokens("status", "type"),
        **_references(
            patient="beneficiary",
            beneficiary="beneficiary",
            subscriber="subscriber",
            policy_holder="policyHolder",
            payor="payor",
        ),
        "subscriber-id": ("token", ("subscriberId",)),
        "class-type": ("token", ("class.type",)),
        "class-value": ("string", ("class.value",)),
        "dependent": ("string", ("dependent",)),
    },
    "Claim": {
        **_ANY,
        **_tokens("status", "use", "priority"),
        **_CREATED,
        **_references(
            patient="patient",
            insurer="insurer",
            provider="provider",
            care_team="careTeam.provider",
            encounter="item.encounter",
            enterer="enterer",
            facility="facility",
            payee="payee.party",
        ),
    },
    "ClaimResponse": {
        **_ANY,
        **_tokens("status", "use", "outcome"),
        **_CREATED,
        **_DISPOSITION,
        **_references(
            patient="patient", insurer="insurer", request="request", requestor="requestor"
        ),
        "payment-date": ("date", ("payment.date",)),
        "preauth-ref": ("token", ("preAuthRef",)),
    },
    "CoverageEligibilityRequest": {
        **_ANY,
        **_tokens("status"),
        **_CREATED,
        **_references(
            patient="patient", provider="provider", enterer="enterer", facility="facility"
        ),
    },
    "CoverageEligibilityResponse": {
        **_ANY,
        **_tokens("status", "outcome"),
        **_CREATED,
        **_DISPOSITION,
        **_references(
            patient="patient", insurer="insurer", request="request", requestor="requestor"
        ),
    },
    "PaymentReconciliation": {
        **_ANY,
        **_tokens("status", "outcome"),
        **_CREATED,
        **_DISPOSITION,
        **_references(request="request", requestor="requestor", payment_issuer="paymentIssuer"),
    },
    "PaymentNotice": {
        **_ANY,
        **_tokens("status"),
        **_CREATED,
        **_references(provider="provider", request="request", response="response"),
        "payment-status": ("token", ("paymentStatus",)),
    },
    "Task": {
        **_ANY,
        **_tokens("status", "intent", "priority", "code"),
        **_references(focus="focus", requester="requester", owner="owner", patient="for"),
        "business-status": ("token", ("businessStatus",)),
        "authored-on": ("date", ("authoredOn",)),
        "modified": ("date", ("lastModified",)),
    },
}

#: type → parameter → kind: token, reference, date, string or id
PARAMETERS: Mapping[str, Mapping[str, str]] = {
    type_name: {param: kind for param, (kind, _) in table.items()}
    for type_name, table in EXPRESSIONS.items()
}
