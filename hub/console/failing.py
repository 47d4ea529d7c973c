"""Errors as pages: what happened, what to do next, and what was written: nothing is lost."""

from __future__ import annotations

import logging
import secrets
import traceback
from dataclasses import asdict
from pathlib import PurePath

from starlette.responses import Response

from hub.console.language import marked as _
from hub.console.language import translations
from hub.console.visit import Visit
from hub.console.words_rights import AREAS, VERBS
from hub.errors import Busy, Forbidden, Invalid, Issue, Problem
from hub.formats import exact_json

log = logging.getLogger(__name__)

#: What the page is headed, by status; any other: that it is not possible.
TITLES = {
    401: _("Votre session a pris fin"),
    403: _("Vous n'y avez pas accès"),
    404: _("Introuvable"),
    409: _("Quelque chose a changé entre-temps"),
    413: _("C'est trop grand"),
    429: _("Trop d'essais"),
    500: _("Erreur imprévue"),
    503: _("Indisponible pour l'instant"),
}
#: Fields in which people write at length. Passwords and codes are never shown again.
_WRITTEN = ("reason", "pasted", "text", "source")
#: Seconds after which a busy hub may be asked again.
_AGAIN = 10


def failed(visit: Visit, problem: Problem) -> Response:
    """The page of a problem; JSON for a script that asks for it: {"issues": […]}."""
    status = problem.status
    again = _AGAIN if isinstance(problem, Busy) else problem.again
    headers = {} if again is None else {"retry-after": str(again)}
    if asks_for_json(visit):
        issues = [asdict(issue) for issue in problem.issues]
        body = exact_json.dumps({"issues": issues})
        return Response(body, status, headers, media_type="application/json")
    sent = visit.request.method == "POST"
    page = visit.page(
        "error.html",
        status,
        issues=problem.issues,
        title=TITLES.get(status, _("Ce n'est pas possible")),
        sent=sent,
        again=_same(visit) if status in (500, 503) and not sent else "",
        written=written(visit),
    )
    page.headers.update(headers)
    return page


def written(visit: Visit) -> list[str]:
    """What somebody wrote at length in the form of one of our own pages."""
    ours = visit.request.headers.get("sec-fetch-site") == "same-origin"
    return [visit.form[n] for n in _WRITTEN if ours and visit.form.get(n, "").strip()]


def asks_for_json(visit: Visit) -> bool:
    """Is it a script of ours that wants to be answered, rather than led to another page?"""
    return "json" in visit.request.headers.get("accept", "")


def _same(visit: Visit) -> str:
    url = visit.request.url
    return f"{url.path}?{url.query}" if url.query else url.path


def unexpected(visit: Visit, error: Exception) -> Response:
    """A defect of the hub: a reference that leads to the log line, which quotes nothing."""
    reference = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{PurePath(f.filename).name}:{f.lineno}" for f in reversed(frames))
    log.error("console: unexpected error %s: %s at %s", reference, type(error).__name__, where)
    problem = Invalid(
        Issue(
            "exception",
            f"Réessayez ; si l'erreur persiste, donnez la référence {reference} à l'exploitant.",
            f"Try again; if the error persists, give the reference {reference} to the operator.",
        ),
        status=500,
    )
    return failed(visit, problem)


def ended() -> Problem:
    """A form came from somebody whose session has ended."""
    return Invalid(
        Issue(
            "login",
            "Rien n'a été enregistré. Connectez-vous de nouveau, rouvrez la page, puis renvoyez ce "
            "que vous aviez écrit.",
            "Nothing was stored. Sign in again, open the page again, then send once more what you "
            "had written.",
        ),
        status=401,
    )


def too_large(largest: int) -> Problem:
    """A form, or the file in it, is over what its page takes (bytes)."""
    large = largest >= 1_000_000
    size = largest // (1_000_000 if large else 1_000)
    unit = ("Mo", "MB") if large else ("ko", "kB")
    return Invalid(
        Issue(
            "too-long",
            f"Le formulaire et son fichier dépassent {size} {unit[0]}, la taille que cette "
            "page prend. Rien n'a été enregistré : coupez le fichier en plusieurs, ou collez moins "
            "de cellules à la fois.",
            f"The form and its file are over {size} {unit[1]}, the size this page takes. "
            "Nothing was stored: cut the file into several, or paste fewer cells at a time.",
        ),
        status=413,
    )


def forbidden(right: str) -> Forbidden:
    """This right is not theirs, in words."""
    area, _dot, verb = right.partition(".")
    named = AREAS.get(area, area), VERBS.get(verb, verb)
    english = translations("en").gettext
    return Forbidden(
        Issue(
            "forbidden",
            f"Votre compte n'a pas ce droit : « {named[0]} : {named[1]} » ({right}). Si votre "
            "travail le demande, adressez-vous à l'administrateur de sécurité de la plateforme.",
            f"Your account does not have this right: “{english(named[0])}: {english(named[1])}” "
            f"({right}). If your work needs it, ask the platform's security administrator.",
        )
    )
