"""The keys with which tests seal what they store, in a folder that goes when the run ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from hub.store import Keyring

FOLDER = Path(tempfile.mkdtemp(prefix="benkan-keys-"))
KEYS = Keyring(FOLDER)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
