"""CMSS: XML lots over SFTP. Illustrative reference profile: describes no official interface."""

from __future__ import annotations

from adapters.cmss.adapter import Cmss
from adapters.cmss.settings import Settings


def build() -> Cmss:
    """The adapter, from the BENKAN_CMSS_* settings.

    Raises:
        pydantic.ValidationError: CMSS is not configured (BENKAN_CMSS_HOSTKEY at least).
    """
    return Cmss(Settings())  # type: ignore[call-arg]  # the settings come from the environment
