"""One module for each contender; each runs in a process of its own, see process.py."""
