"""./bench storm: faults against the real program, and whether every promise was kept (docs/faults.md)."""

import sys

from tests.faults.storm import main

if __name__ == "__main__":
    sys.exit(main())
