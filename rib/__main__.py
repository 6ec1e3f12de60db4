"""``python -m rib``: the command line without its entry point."""

import sys

if __name__ == "__main__":
    try:
        from rib.cli import main
    except KeyboardInterrupt:  # while the packages are imported
        sys.exit(130)
    main()
