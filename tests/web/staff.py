"""Colleagues at work: browsers that are signed in."""

from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.test import Client

from tactful.team import services as team


def signed_in(role: str) -> Client:
    """A browser of somebody new with this role."""
    email = f"{role}@example.com"
    hired = datetime(2026, 1, 1, tzinfo=UTC)
    team.create_user(email=email, password="tea-without-spam", role=role, name="One", now=hired)
    browser = Client()
    browser.force_login(
        get_user_model().objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend"
    )
    return browser
