"""What the workbench's script and other programs are answered: JSON, problems too."""

from __future__ import annotations

from dataclasses import asdict
from functools import wraps
from typing import Any

from starlette.responses import Response

from hub.console.gate import Page
from hub.console.visit import Visit
from hub.errors import Problem
from hub.formats import exact_json


def json_response(tree: Any, status: int = 200) -> Response:
    """A tree as it is; amounts keep their digits."""
    return Response(exact_json.dumps(tree), status, media_type="application/json")


def answered(page: Page) -> Page:
    """The same page; whoever asks for JSON gets its problems as JSON: {"issues": […]}."""

    @wraps(page)
    def told(visit: Visit) -> Response:
        try:
            return page(visit)
        except Problem as problem:
            if "json" not in visit.request.headers.get("accept", ""):
                raise
            issues = [asdict(issue) for issue in problem.issues]
            return json_response({"issues": issues}, problem.status)

    return told


def posted(visit: Visit, name: str) -> str:
    """A text of the form as it was written; browsers end lines with two signs."""
    return visit.form.get(name, "").replace("\r\n", "\n")
