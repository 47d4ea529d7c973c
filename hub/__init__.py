"""Benkan: the hub between care providers and health-insurance institutions."""
