"""Where tests find the project, its assets, and the sample data that may lie beside it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
#: Real sensor data; a clone that stands alone has none, and the tests that ask for it are skipped.
SHARED = ROOT.parent / "shared" / "data"
