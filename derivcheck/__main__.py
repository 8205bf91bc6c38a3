"""``python -m derivcheck``."""

from derivcheck.cli.entry import main

if __name__ == "__main__":
    main()
