"""The body of `benkan partner certify`: finds a running partner and runs the suite on it."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub import wiring
from hub.authoring import in_force
from hub.certification.findings import Result
from hub.certification.ground import Ground
from hub.certification.live import Live
from hub.certification.report import Report, said
from hub.certification.suite import certify
from hub.cli import demo, partner_state, sample
from hub.cli.sandboxes import Sandboxes
from hub.errors import Invalid, Issue, Misconfigured
from hub.exchange import routing
from hub.formats import exact_json
from hub.model import Tree
from hub.partner_wiring import Partner, adapter
from hub.ports.certification import Case
from hub.settings import Settings

UP = "up"
SEED = 9_001  #: sheets of certifications begin with it


def run(
    settings: Settings,
    partner: Partner,
    against: str,
    moved: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Certify a partner: against a URL, the sandbox of `benkan up`, or one of its own.

    Its maps and tables are those in force now, published ones included.

    Raises:
        Misconfigured: it is not declared for certification, or a setting is missing.
    """
    case = partner.case()
    if case is None:
        raise Misconfigured(
            Issue(
                "not-supported",
                f"{partner.name} n'a pas de cas de certification : voir adapters/README.md.",
                f"{partner.name} has no certification case: see adapters/README.md.",
            )
        )
    with (
        _address(settings, partner, against) as address,
        partner_state.introduced(partner.name, address),
        in_force.folders(settings) as maps,
    ):
        ground = Ground(partner.name, adapter(partner), case, maps)
        live = _live(settings, ground, case, address) if address or against else None
        return certify(ground, live, _shown(address) or against, moved)


def as_json(tree: Mapping[str, Any]) -> str:
    """The report's JSON text."""
    return json.dumps(tree, ensure_ascii=False, indent=1) + "\n"


def told(result: Result, language: str) -> str:
    """All sentences of a result."""
    return " ".join(said(note, language) for note in result.notes)


@contextmanager
def _address(settings: Settings, partner: Partner, against: str) -> Iterator[dict[str, Any]]:
    """What the adapter must be told to find the partner."""
    if against == UP:
        yield partner_state.known(settings, partner.name)
    elif against:
        yield _of_url(against)
    elif partner.name in {e.name for e in entry_points(group="benkan.sandboxes")}:
        with tempfile.TemporaryDirectory() as folder:
            own = settings.model_copy(update={"data": Path(folder)})
            sandboxes = Sandboxes(own, [partner.name])
            try:
                sandboxes.wait()
                yield sandboxes.addresses[partner.name]
            finally:
                sandboxes.stop()
    else:
        yield {}


def _of_url(url: str) -> dict[str, Any]:
    """Settings of an address: url, and host and port for partners that are told those.

    Raises:
        Misconfigured: it is no absolute address.
    """
    parts = urlsplit(url)
    if not (parts.scheme and parts.hostname):
        raise Misconfigured(
            Issue(
                "value",
                f"--against : « {url} » n'est pas une adresse ; écrivez par exemple "
                "https://hote:443/chemin ou sftp://hote:22.",
                f"--against: “{url}” is no address; write for example https://host:443/path or "
                "sftp://host:22.",
            )
        )
    where: dict[str, Any] = {"url": url, "host": parts.hostname}
    return where | ({"port": parts.port} if parts.port else {})


def _live(settings: Settings, ground: Ground, case: Case, address: Mapping[str, Any]) -> Live:
    claims, world = _claims(settings, ground, case)
    at = f"http://{address['host']}:{address['control']}" if "control" in address else ""
    return Live(
        ground=ground,
        claims=claims,
        world=world,
        control=_control(at) if at else None,
        routing=[*settings.routing, wiring.packaged("demo/routing.json")],
    )


def _claims(
    settings: Settings, ground: Ground, case: Case
) -> tuple[Callable[[int], Sequence[Tree]] | None, Callable[[Any], object]]:
    """Synthetic claims of its insured: the case's own, or the demo world's."""
    if case.claims is not None:
        make = case.claims
        return lambda count: [make(number) for number in range(1, count + 1)], lambda hub: None
    bodies = routing.read([wiring.packaged("routing.json"), *settings.routing]).bodies
    mine = {b.code: b.keys for b in bodies.values() if b.partner == ground.name}
    try:
        next(sample.generate(1, SEED, set(mine)))
    except Invalid:
        return None, lambda hub: None
    insurers = {
        f"Organization/{o['id']}"
        for o in demo.organizations()
        for i in o["identifier"]
        if any(f"{i['system']}|{i['value']}" in keys for keys in mine.values())
    }

    def made(count: int) -> Sequence[Tree]:
        # Claims that name the scheme manager instead would need that one running too.
        every = (claim for _, claim in sample.generate(20 * count, SEED, set(mine)))
        return list(islice((c for c in every if c["insurer"]["reference"] in insurers), count))

    return made, lambda hub: demo.load(hub, ())


def _control(root: str) -> Callable[..., Any]:
    """Asks a sandbox's control port; with a body, tells it."""

    def ask(path: str, body: Any, method: str | None = None) -> Any:
        data = None if body is None else exact_json.dumps(body)
        request = urllib.request.Request(f"{root}{path}", data, method=method)  # noqa: S310 - our own sandbox
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # nosec B310
            return exact_json.loads(answer.read())

    return ask


def _shown(address: Mapping[str, Any]) -> str:
    if "url" in address:
        return str(address["url"])
    return f"{address['host']}:{address['port']}" if address else ""
