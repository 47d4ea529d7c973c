"""Servers the tests start for themselves, on free ports, and stop: nothing of the machine's own."""
