"""``python -m rib``: the command line without its entry point."""

from rib.cli import main

if __name__ == "__main__":
    main()
