"""Loaded before pytest-django reads the settings: what they need from the environment."""

import os
import tempfile

os.environ.setdefault("TACTFUL_SECRET_KEY", "only for tests")
os.environ["TACTFUL_DATA"] = tempfile.mkdtemp(prefix="tactful-data-")
