"""`python -m app` is the command `instep`."""

import sys

from app.cli import main

sys.exit(main())
