"""An empty installation of one's own, for as long as something is measured."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tactful.cli import environment


@contextmanager
def new_house() -> Iterator[Path]:
    """A data folder with Django told of it and its database running; both are gone afterwards.

    Once a process: Django is told of one database only. What needs its models is imported inside.
    """
    with tempfile.TemporaryDirectory(prefix="tactful-bench-") as folder:
        os.environ["TACTFUL_SECRET_KEY"] = "bench"
        environment.configure(Path(folder))
        env = environment.connect(Path(folder), None)
        try:
            environment.migrate()
            yield Path(folder)
        finally:
            env.close()
