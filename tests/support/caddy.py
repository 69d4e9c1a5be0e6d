"""The real Caddy with the configuration of the docs, before a site of a test's own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import free_port
from tests.support.nginx import certificate, changed, serving
from tests.support.places import ROOT

GIVEN = ROOT / "docs" / "Caddyfile"


@contextmanager
def caddy(place: Path, port_of_site: int, *changes: tuple[str, str]) -> Iterator[int]:
    """Run Caddy before a site; yield the port where it speaks https.

    Parameters
    ----------
    changes : lines of the configuration, and what stands there instead
    """
    port = free_port()
    certificate(place, "ksys.example")
    alone = "admin off\n\tauto_https disable_redirects\n\tdefault_sni ksys.example"
    own = (
        ("127.0.0.1:8050", f"127.0.0.1:{port_of_site}"),
        ("{\n\tservers {", f"{{\n\t{alone}\n\tservers {{"),
        (
            "\nksys.example {",
            f"\nhttps://ksys.example:{port} {{\n\tbind 127.0.0.1"
            f"\n\ttls {place}/fullchain.pem {place}/key.pem",
        ),
    )
    path = place / "Caddyfile"
    path.write_text(changed(GIVEN, *own, *changes), encoding="utf8")
    home = {**os.environ, "HOME": str(place), "XDG_DATA_HOME": str(place)}
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(
            ["caddy", "run", "--config", str(path)], stdout=log, stderr=log, env=home
        )
    with serving(server, port):
        yield port
