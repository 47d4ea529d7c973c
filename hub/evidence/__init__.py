"""Proof of what the hub did: a chain of audit entries, signed checkpoints, offline verification."""
