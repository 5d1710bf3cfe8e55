"""The subprocess that examines files, where PyAV is not installed."""

import runpy
import sys
from pathlib import Path

sys.modules["av"] = None  # type: ignore[assignment]  # so that nothing can import it
runpy.run_path(str(Path(__file__).parents[2] / "files" / "decoding" / "worker.py"), run_name="__main__")
