"""A hub with the adapters that can be made here, for commands that read partners' bytes."""

from __future__ import annotations

from hub import wiring
from hub.cli import partner_state
from hub.errors import Misconfigured
from hub.partner_wiring import adapter, partners
from hub.ports import Adapter
from hub.settings import Settings


def build(settings: Settings | None = None) -> wiring.Hub:
    """The hub over the database of these settings, with every partner whose settings are known:
    those of the environment, or of the sandboxes of a running `benkan up`."""
    settings = settings or Settings()
    made: dict[str, Adapter] = {}
    for name, partner in partners(settings).items():
        with partner_state.introduced(name, partner_state.known(settings, name)):
            try:
                made[name] = adapter(partner)
            except Misconfigured:
                continue  # not configured here: its bytes stay hidden
    return wiring.build(settings, adapters=made)
