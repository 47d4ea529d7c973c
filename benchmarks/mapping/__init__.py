"""One mapping, every engine: what it costs to turn a claim into a partner's message."""
