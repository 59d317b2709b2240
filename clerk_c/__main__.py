"""`python -m clerk_c`: the same as `clerk-c`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
