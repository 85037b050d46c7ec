"""The lake under test: real tables with their triggers, and a folder of its own."""

from pathlib import Path

import pytest
from tests.lake.world import ALL

from tactful.lake.services import prepare


@pytest.fixture
def folder(tmp_path: Path, transactional_db: None) -> Path:
    """The folder of an empty lake whose tables are tracked."""
    prepare(ALL)
    return tmp_path
