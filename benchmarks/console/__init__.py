"""Fifty administrators at once on one console process."""
