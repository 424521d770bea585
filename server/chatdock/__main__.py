"""`python -m chatdock` is the `chatdock` command."""

import sys

from chatdock.cli import main

sys.exit(main())
