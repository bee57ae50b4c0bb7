"""The command `fusionauth-emulator`, and `python -m fusionauth_emulator`."""

import os
import sys

from . import PROGRAM


def main() -> None:
    os.execv(PROGRAM, [str(PROGRAM), *sys.argv[1:]])


if __name__ == "__main__":
    main()
