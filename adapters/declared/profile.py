"""The profile of a declared partner: one JSON file, checked when it is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from adapters.transports.secrets import Secret
from hub.errors import Invalid, Issue, Misconfigured
from hub.formats import exact_json, logical
from hub.model import Operation, ReplyKind

#: what registers nothing at the partner: asking again is asking for the first time
QUESTIONS = ("eligibility", "reference", "statement", "status")


class Strict(BaseModel):
    """A misspelt name is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(Strict):
    """Where the partner is; BENKAN_<NAME>_URL, _SECRET and _AUTHORITY win over the file."""

    url: str  #: address below which all paths are
    secret: Secret = SecretStr("")  #: from the environment only
    authority: Path | None = None  #: file of the authority that signed its certificate
    connect: float = Field(5.0, gt=0)  #: seconds to open the connection
    read: float = Field(15.0, gt=0)  #: seconds between two pieces of an answer
    deadline: float = Field(30.0, gt=0)  #: seconds for a whole call
    max_answer: int = Field(5_000_000, gt=0)  #: bytes of the largest answer


class Call(Strict):
    """One HTTP request; {key} is the submission id, {name} the name of a file."""

    method: str
    path: str


class Question(Call):
    """What is sent for one operation."""

    request: str  #: logical model of the message
    key: str  #: element of the message that carries the submission id
    ask: Call | None = None  #: what became of it; None: the same question is asked again
    total: str = ""  #: element with the amount claimed
    currency: str = ""  #: element with its currency
    sheet: str = ""  #: element with the sheet's number, which its answers must repeat


class Document(Strict):
    """What the partner says; known by the root element of its model."""

    model: str
    operation: str
    key: str  #: element with the submission id it is about
    number: str = ""  #: element with the partner's own number
    sheet: str = ""  #: element with the number of the sheet it is about
    text: str = ""  #: element with its words
    status: str = ""  #: element that says where it stands; "": always `kind`
    statuses: Mapping[str, ReplyKind] = {}  #: an unlisted value is unreadable, never final
    kind: ReplyKind | None = None


class Notice(Strict):
    """A file with one part for each exchange, and control totals on its root element."""

    root: str  #: local name of its root element
    part: str  #: model of the document each part is
    number: str = ""  #: attribute with the notice's number
    count: str = ""  #: attribute with the number of parts
    total: str = ""  #: attribute with their exact sum
    amount: str = ""  #: element of a part that is summed


class Files(Strict):
    """Files the partner keeps for us until we say they are read."""

    list: Call
    item: str  #: local name of the elements that name files
    fetch: Call
    dispose: Call
    notices: tuple[Notice, ...] = ()


class Profile(Strict):
    """Everything that makes this partner another one than the next."""

    name: str = Field(pattern="[a-z][a-z0-9]{1,30}")
    family: str
    title: str
    country: str
    line: Line
    models: str = "models"  #: folder of the logical models, beside the profile
    header: str = ""  #: header that carries the secret, e.g. Authorization
    prefix: str = ""  #: what stands before it, e.g. "Bearer "
    key_header: str = ""  #: header that carries the submission id (idempotency)
    encoding: str = "UTF-8"
    resends_safely: bool = False
    redacted: tuple[str, ...]  #: elements and attributes that tell a person, an illness, a secret
    operations: Mapping[str, Question]
    documents: tuple[Document, ...]
    files: Files | None = None
    folder: Path = Path()  #: where the profile is

    @property
    def pays(self) -> bool:
        """Does it tell what it pays?"""
        kinds = {k for d in self.documents for k in (d.kind, *d.statuses.values())}
        return ReplyKind.PAYMENT in kinds

    @cached_property
    def models_by_name(self) -> Mapping[str, logical.Model]:
        """The logical models the profile names."""
        names = {d.model for d in self.documents} | {q.request for q in self.operations.values()}
        folder = self.folder / self.models
        return {name: logical.read(folder / f"{name}.json") for name in sorted(names)}

    @cached_property
    def documents_by_root(self) -> Mapping[str, Document]:
        """Documents by the root element of their model, with its namespace."""
        return {tag(self.models_by_name[d.model]): d for d in self.documents}


def tag(model: logical.Model) -> str:
    """The root element's name as lxml writes it."""
    return f"{{{model.namespace}}}{model.root.written}" if model.namespace else model.root.written


def read(file: Path) -> Profile:
    """The profile in a file.

    Raises:
        Misconfigured: every element that is missing, unknown or wrong; a model that is not there.
    """
    try:
        told: Any = exact_json.loads(file.read_bytes())
        line = told.get("line", {}) | _environment(str(told.get("name", "")))
        if line.get("authority"):
            line["authority"] = file.parent / str(line["authority"])
        profile = Profile.model_validate(told | {"line": line, "folder": file.parent})
        _complete(profile)
    except ValidationError as error:
        raise Misconfigured(*misread(file, error)) from None
    except (OSError, ValueError, AttributeError, TypeError, Invalid) as error:
        raise Misconfigured(
            Issue(
                "value",
                f"{file} : profil illisible ({error}). Corrigez le fichier nommé.",
                f"{file}: the profile cannot be read ({error}). Correct the file named.",
            )
        ) from error
    return profile


def misread(file: Path, error: ValidationError) -> list[Issue]:
    """Each element of a file that is missing, unknown or wrong, by its path."""
    return [
        Issue(
            "value",
            f"{file} : {'.'.join(map(str, e['loc']))} : {e['msg']}. Corrigez le fichier.",
            f"{file}: {'.'.join(map(str, e['loc']))}: {e['msg']}. Correct the file.",
        )
        for e in error.errors(include_input=False, include_url=False)
    ]


def _environment(name: str) -> dict[str, str]:
    keys = {
        part: f"BENKAN_{name.upper()}_{part.upper()}" for part in ("url", "secret", "authority")
    }
    return {part: os.environ[key] for part, key in keys.items() if key in os.environ}


def _complete(profile: Profile) -> None:
    """Raises ValueError when a reference inside the profile leads nowhere."""
    models = profile.models_by_name
    for operation, question in profile.operations.items():
        if operation not in set(Operation):
            raise ValueError(f"{operation}: no operation ({', '.join(Operation)})")
        if operation not in QUESTIONS and question.ask is None and not profile.resends_safely:
            raise ValueError(f"{operation}: needs `ask`, or else `resends_safely`")
        named = (question.key, question.total, question.currency, question.sheet)
        _there(models[question.request], operation, *named)
    for document in profile.documents:
        if document.operation not in profile.operations:
            raise ValueError(f"{document.model}: {document.operation} is not in operations")
        told = (document.key, document.number, document.text, document.status, document.sheet)
        _there(models[document.model], document.model, *told)
        if bool(document.status) == bool(document.kind):
            raise ValueError(f"{document.model}: either status or kind")
    for notice in profile.files.notices if profile.files else ():
        if notice.part not in {d.model for d in profile.documents}:
            raise ValueError(f"{notice.root}: {notice.part} is no document")


def _there(model: logical.Model, where: str, *names: str) -> None:
    absent = [name for name in names if name and name not in model.root.children]
    if absent:
        raise ValueError(f"{where}: no element {', '.join(absent)} in {model.url}")
