"""The command `fusionauth-emulator`, and `python -m fusionauth_emulator`."""

import os
import subprocess
import sys

from . import PROGRAM


def main() -> None:
    # On Windows, `execv` would end this process at once, and the shell would not wait for the program.
    if os.name == "nt":
        sys.exit(subprocess.call([str(PROGRAM), *sys.argv[1:]]))
    os.execv(PROGRAM, [str(PROGRAM), *sys.argv[1:]])


if __name__ == "__main__":
    main()
