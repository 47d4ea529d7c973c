"""One file a change of schema; a published one is never edited."""
