"""`chatdock version`."""

import argparse
from collections.abc import Sequence

from chatdock import __version__


def main(arguments: Sequence[str]) -> int:
    """Prints the version alone, for people and for scripts."""
    argparse.ArgumentParser(prog="chatdock version", description="Prints the version.").parse_args(arguments)
    print(__version__)
    return 0
