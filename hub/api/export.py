"""The pseudonymised export over HTTP: one archive, for whoever the matrix gives `claims.export`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date

from starlette.responses import Response

from hub.access.matrix import matrix
from hub.api.admin_door import door, file
from hub.authoring.people import Person
from hub.errors import Invalid, Issue
from hub.model import Tree
from hub.watching import claims_export
from hub.watching.claims_export import RIGHT, Asked
from hub.wiring import Hub


def _export(hub: Hub, person: Person, tree: Tree) -> Response:
    condition = matrix().require(person.roles, RIGHT)
    asked = claims_export.reach(condition, _asked(tree), person.body)
    made = claims_export.make(hub, person.id, asked)
    return file(_archive(made.files), "application/zip", "feuilles.zip")


def _asked(tree: Tree) -> Asked:
    try:
        first, last = (date.fromisoformat(tree[name]) for name in ("from", "to"))
    except (KeyError, TypeError, ValueError):
        raise Invalid(
            Issue(
                "value",
                "Donnez « from » et « to », deux dates AAAA-MM-JJ : les soins de cette période.",
                "Give 'from' and 'to', two days as YYYY-MM-DD: the care of that time.",
            )
        ) from None
    body, reason = str(tree.get("body") or "")[:40], str(tree.get("reason") or "")[:500]
    key = str(tree.get("key") or "statistics")
    if not (key.isascii() and key.replace("-", "").isalnum() and len(key) <= 40):
        raise Invalid(
            Issue(
                "value",
                "« key » ne contient que des lettres, des chiffres et des tirets, 40 au plus.",
                "'key' holds letters, digits and hyphens only, 40 at most.",
            )
        )
    return Asked(first, last, body, key, reason)


def _archive(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body)
    return made.getvalue()


ROUTES = [door("POST", "/export/claims", _export, RIGHT)]
