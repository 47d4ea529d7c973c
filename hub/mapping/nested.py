"""Transforms given to transforms: `append('a', truncate(x, 3))`.

The grammar has only literals and names there. The parameter keeps the text of the call, as it keeps
that of an expression. Source: https://hl7.org/fhir/R5/mapping-language.html#transforms
"""

from __future__ import annotations

import re

from hub.mapping.fhirpath.parse import Cursor
from hub.mapping.findings import Wrong
from hub.mapping.parse_targets import Resource, TargetParser
from hub.mapping.tokenize import tokenize

_NAMES = (
    "append c cast cc copy cp dateOp escape evaluate id pointer qty reference toDate toDateTime"
)
_NAMES += " toTime translate truncate unixToDate unixToDateTime unixToTime uuid"
_CALL = re.compile(rf"\s*({'|'.join(_NAMES.split())})\s*\(")


def nested(text: str) -> Resource | None:
    """The target that stands for the transform a text calls; None when the text is no such call."""
    if _CALL.match(text) is None:
        return None
    parser = TargetParser(text, Cursor(tokenize(text)), {})
    try:
        target = parser.called()
    except Wrong:
        return None
    return target if parser.cursor.token.kind == "end" else None
