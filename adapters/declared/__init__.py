"""Partners declared by a profile file: XML over HTTPS, without a line of Python of their own.

A profile (docs/partners.md, adapters/README.md) names the models, paths, statuses and secrets of
one partner. BENKAN_PROFILES tells where profiles are.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from adapters.declared.adapter import Declared
from adapters.declared.profile import read
from hub.ports import Adapter
from hub.ports.certification import Case


def build(profile: Path) -> Adapter:
    """The adapter a profile declares.

    Raises:
        Misconfigured: the profile is not complete or contradicts itself.
    """
    return Declared(read(profile))


def settings(profile: Path) -> BaseModel:
    """Where the partner is, and the account there."""
    return read(profile).line


def case(profile: Path) -> Case | None:
    """What certification must know of it: certification.json beside the profile."""
    from adapters.declared import certification  # only certifications read examples

    return certification.case(profile)
