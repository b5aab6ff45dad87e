"""``python -m specmol_cli`` is ``specmol``."""

from specmol_cli.main import main

if __name__ == "__main__":  # worker processes import this module too
    main()
