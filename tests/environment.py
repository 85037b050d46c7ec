"""Loaded before pytest-django reads the settings: what they need from the environment."""

import os
import tempfile

os.environ.setdefault("TACTFUL_SECRET_KEY", "only for tests")
# A worker that has driven a browser keeps the browser's event loop in its thread: Django would refuse to work there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ["TACTFUL_DATA"] = tempfile.mkdtemp(prefix="tactful-data-")
