"""One claim's trip; pure: doors only, no I/O, no framework."""
