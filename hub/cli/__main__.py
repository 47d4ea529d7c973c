"""`python -m hub.cli` is `benkan`."""

from hub.cli import main

if __name__ == "__main__":
    main()
