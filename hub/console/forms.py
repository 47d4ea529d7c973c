"""What a browser sends with a form: fields, and files beside them.

https://url.spec.whatwg.org/#application/x-www-form-urlencoded, https://www.rfc-editor.org/rfc/rfc7578
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

MOST_FIELDS = 200
_BOUNDARY = re.compile(r'multipart/form-data;.*boundary="?([^";,\s]{1,200})"?', re.IGNORECASE)
_NAME = re.compile(r'[; ]name="([^"]*)"')
_FILE = re.compile(r'[; ]filename="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was filled in."""

    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)  #: (name, content)


def read(kind: str, body: bytes) -> Form | None:
    """The form of a body of this content type; None when it is none."""
    try:
        if kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
            return Form(dict(fields))
        found = _BOUNDARY.match(kind)
        return _parts(found[1].encode(), body) if found else None
    except ValueError:
        return None


def _parts(boundary: bytes, body: bytes) -> Form | None:
    """Raises ValueError where a field is no text."""
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(parts) > MOST_FIELDS or parts[0].strip() or not parts[-1].startswith(b"--"):
        return None
    fields: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    for part in parts[1:-1]:
        head, gap, content = part.partition(b"\r\n\r\n")
        told = head.decode()
        name, file = _NAME.search(told), _FILE.search(told)
        if not gap or name is None:
            return None
        if file is None:
            fields[name[1]] = content.decode()
        elif file[1] or content:  # a file field that was left empty is sent too
            files[name[1]] = (unquote(file[1]).replace("\\", "/").rpartition("/")[2], content)
    return Form(fields, files)
