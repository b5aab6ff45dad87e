"""``python -m specmol_cli`` is ``specmol``."""

from specmol_cli.start import main

if __name__ == "__main__":
    main()
