"""Takes the pictures of a site for the documentation again: `python -m redproof_reports.drawing.screenshots FOLDER`.

A Redis 6.2 is held to the model of 7.0, so that there is something to see, and what comes of it is published and looked
at by Chromium. The pictures hold numbers and times of that run, so they are another each time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from redproof_properties.errors import TargetUnavailable

from redproof_reports.baseline.file import Baseline
from redproof_reports.site.gather import gather
from redproof_reports.site.write import write_site

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
FUZZ: Final = ("fuzz", "redis", "--groups", "hashes,lists,strings", "--commands", "5000", "--seed", "7")
_NO_WINDOW: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)


class Screenshot(NamedTuple):
    """A page of the site and how it is looked at; sizes in pixels."""

    page: str
    width: int
    height: int
    dark: bool = False


SCREENSHOTS: Final[Mapping[str, Screenshot]] = {
    "site-overview.png": Screenshot("index.html", 1100, 820),
    "site-divergence.png": Screenshot("divergences/a6889e7c8643.html", 1100, 760),
    "site-dark.png": Screenshot("track-record.html", 1100, 560, dark=True),
}


def take(site: Path, folder: Path) -> None:
    """Write the pictures of a site. Raises TargetUnavailable without a Chromium, and CalledProcessError."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise TargetUnavailable(f"none of {', '.join(PROGRAMS)} is on PATH")
    for name, shot in SCREENSHOTS.items():
        scheme = [f"--blink-settings=preferredColorScheme={0 if shot.dark else 1}"]
        words = [*scheme, f"--window-size={shot.width},{shot.height}", f"--screenshot={(folder / name).resolve()}"]
        url = (site / shot.page).resolve().as_uri()
        subprocess.run([program, *_NO_WINDOW, *words, url], check=True, capture_output=True, timeout=120)


def main(folder: Path) -> None:
    """Fuzz, publish, and take the pictures."""
    with TemporaryDirectory() as scratch:
        results, site = Path(scratch) / ".redproof", Path(scratch) / "site"
        fuzz = [sys.executable, "-c", "from redproof_reports.cli import main; main()", *FUZZ]
        subprocess.run([*fuzz, "--judge-as", "7.0", "--out", str(results)], check=False, stdout=subprocess.DEVNULL)
        write_site(gather([results], Baseline()), Baseline(), site)
        take(site, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
