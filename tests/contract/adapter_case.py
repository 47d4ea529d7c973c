"""The case of an adapter that is not declared for certification yet: adapter_case_<name>.py."""

from __future__ import annotations

from hub.ports.certification import Case as AdapterCase

__all__ = ["AdapterCase"]
