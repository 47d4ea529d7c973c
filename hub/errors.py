"""Every error of the hub. A class says what happens next.

Problem
├── Invalid         the request breaks a rule: 400 or 422, nothing is stored
│   ├── NotFound    404
│   ├── Gone        410: it was erased when its time was up, or on order
│   ├── Unauthenticated 401: no token, or one that is not accepted
│   ├── Forbidden   403: the caller has no right to this function
│   ├── TokenRefused 400, 401: no token is given (OAuth 2.0 error)
│   ├── Throttled   429: too many attempts; again after `again` seconds
│   ├── Unsupported 405, 406, 415: the interaction or format is not offered
│   └── Unroutable  422: no institution can take this claim
├── Conflict        409: the same key was used for other content
├── Busy            503: try again later, nothing is stored
│   └── KeyMissing  503: a key that seals what is stored is not there
├── Tampered        what is stored was changed behind the hub's back; nothing of it is used
├── Unmappable      hold: a code has no row, or a map failed; a person completes the mapping
│   └── UnknownPerson  hold, and one task for the person: nobody knows them, or they are several
├── Refused         hold: the partner refused the message itself (schema, SOAP Client fault)
├── Unreadable      hold or quarantine: what came back cannot be read
├── Unreachable     nothing left the hub: try again later, delay grows
├── Unconfirmed     something may have left: ask the partner, never send again blindly
├── DoubleBilled    hold or flag: the same act was billed to another institution
├── LeaseLost       another worker took over: drop what was being done, write nothing
├── Misconfigured   a setting is missing or wrong: nothing starts
└── IllegalMove     a bug: the state machine has no such move
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SOON = 30  #: seconds; what is down rarely comes back sooner


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding, ready to become an OperationOutcome.issue.

    Source: https://hl7.org/fhir/R4/operationoutcome.html
    """

    code: str  #: issue-type code: required, value, structure, invariant, code-invalid, not-found…
    fr: str  #: a French sentence that says what is wrong and what to do next
    en: str  #: the same in English
    path: str = ""  #: FHIRPath of the element, with indexes: Claim.item[0].net.value
    severity: str = "error"  #: fatal | error | warning | information


class Problem(Exception):
    """Something went wrong; the subclass says what happens next."""

    #: HTTP status for whoever waits while it happens; 500: a defect of the hub
    status = 500
    #: the partner's bytes that could not be taken, to be set aside for a person
    evidence: bytes = b""
    #: did the partner prove that these bytes are its own? When not, nobody may apply them later
    proven: bool = True
    #: seconds after which the same may be tried again (Retry-After); None: nothing is gained by it
    again: int | None = None

    def __init__(self, *issues: Issue) -> None:
        super().__init__("; ".join(f"{i.path}: {i.en}" if i.path else i.en for i in issues))
        self.issues: Sequence[Issue] = issues

    @property
    def text(self) -> str:
        """All issues in French, one sentence after another (for timelines and lists)."""
        return " ".join(f"{i.path} : {i.fr}" if i.path else i.fr for i in self.issues)


class Invalid(Problem):
    """The request breaks a rule of the specification or of the hub. Nothing is stored."""

    def __init__(self, *issues: Issue, status: int = 422) -> None:
        super().__init__(*issues)
        self.status = status


class NotFound(Invalid):
    """There is no such resource."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__(*issues, status=404)


class Gone(Invalid):
    """It was erased when the time to keep it was up, or on order; the audit says when and why."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__(*issues, status=410)


class Unauthenticated(Invalid):
    """No token, or one that is not accepted (any more)."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__(*issues, status=401)


class Forbidden(Invalid):
    """The caller has no right to this function. Objects of others are NotFound instead."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__(*issues, status=403)


class TokenRefused(Invalid):
    """No token is given.

    Source: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
    """

    def __init__(self, oauth: str, issue: Issue, check: str = "") -> None:
        super().__init__(issue, status=401 if oauth == "invalid_client" else 400)
        self.oauth = oauth  #: invalid_request, invalid_client, invalid_scope…
        self.check = check  #: which check failed: for the log, never for the caller


class Throttled(Invalid):
    """Too many attempts: 429. Nothing was looked at.

    Source: https://www.rfc-editor.org/rfc/rfc6585#section-4
    """

    def __init__(self, issue: Issue, again: int) -> None:
        super().__init__(issue, status=429)
        self.again = again


class Unsupported(Invalid):
    """The hub does not offer this interaction or format (405, 406, 415)."""


class Unroutable(Invalid):
    """No institution can take this claim. Nothing is stored."""


class Conflict(Problem):
    """The same key was used before for other content, or the first request still runs."""

    status = 409


class Busy(Problem):
    """The hub cannot take the request now. Nothing is stored; the client may try again."""

    status = 503
    again = _SOON


class KeyMissing(Busy):
    """A key that seals what is stored is not there. Nothing is read or written without it."""


class Tampered(Problem):
    """What is stored is not what the hub wrote there. Nothing of it is used."""


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A code for which a ConceptMap has no row."""

    concept_map: str  #: canonical url of the ConceptMap
    system: str  #: source code system, "" when the source is a bare code
    code: str
    path: str = ""  #: where it stood in the source tree, when known
    display: str = ""
    #: where rows for the code depend on more: what the map gave, {attribute: value} as JSON
    depends: str = ""


class Unmappable(Problem):
    """The map could not translate this exchange. Held until a person completes the mapping."""

    status = 422

    def __init__(self, *issues: Issue, missing: Sequence[MissingCode] = ()) -> None:
        super().__init__(*issues)
        self.missing = tuple(missing)

    @property
    def text(self) -> str:
        """Which codes lack a row, in one French sentence; without any, as of every problem."""
        tables: dict[str, list[str]] = {}
        for m in self.missing:
            tables.setdefault(m.concept_map, []).append(f"{m.code} ({m.system or 'sans système'})")
        if not tables:
            return super().text
        listed = " ; ".join(f"{', '.join(codes)} dans {table}" for table, codes in tables.items())
        return f"Codes sans correspondance : {listed}. Ajoutez une ligne par code, puis reprenez."


class UnknownPerson(Unmappable):
    """The insured person is unknown, or several have this number: a person has to decide."""

    def __init__(self, *issues: Issue, kind: str, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__(*issues)
        self.kind = kind  #: unknown | ambiguous
        self.keys = tuple(keys)  #: identifiers, (system, value)


class DoubleBilled(Problem):
    """The same act was billed to another institution by these exchanges. Nothing was written."""

    def __init__(self, *issues: Issue, others: Sequence[str]) -> None:
        super().__init__(*issues)
        self.others = tuple(others)


class Refused(Problem):
    """The partner refused the message itself. Held: sending it again would not help."""

    status = 502


class Unreadable(Problem):
    """What the partner sent cannot be read or matched. Kept in quarantine."""

    status = 502


class Unreachable(Problem):
    """Nothing left the hub: connection refused, name unknown, credentials not accepted yet."""

    status = 503
    again = _SOON


class Unconfirmed(Problem):
    """The bytes may have reached the partner and no answer came. Ask; do not send again."""

    status = 504
    again = _SOON


class LeaseLost(Problem):
    """Another worker holds this exchange now."""

    status = 409


class Misconfigured(Problem):
    """A setting is missing or wrong; the message names it. Nothing was started."""


class IllegalMove(Problem):
    """The state machine has no such move: a defect of the hub."""
