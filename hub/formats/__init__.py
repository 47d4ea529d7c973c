"""Trees to bytes and back, by definition."""
