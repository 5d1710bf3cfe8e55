"""The subprocess that examines files, where the library that decodes videos has a fault."""

import os
import runpy
import sys
from pathlib import Path

if sys.argv[1] == "poster":
    os.abort()
runpy.run_path(str(Path(__file__).parents[2] / "files" / "decoding" / "worker.py"), run_name="__main__")
