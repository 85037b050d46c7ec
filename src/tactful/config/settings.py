"""Django's settings. Everything that differs between installations comes from the environment.

`TACTFUL_DATABASE_URL` and `TACTFUL_SECRET_KEY` are set by the command line before Django starts: in the
embedded mode from the data folder, else by whoever runs the server.
"""

import os
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from csp.constants import NONCE, NONE, SELF

from tactful.config import arrays
from tactful.kernel.errors import InvalidInput


def database(url: str) -> dict[str, object]:
    """Django's words for a PostgreSQL URL; a socket folder comes as ?host=/path. Raises InvalidInput."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise InvalidInput(f"TACTFUL_DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


arrays.install()
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
)

DATA = Path(os.environ.get("TACTFUL_DATA", "data")).absolute()
# Who answers questions about everyone (docs/engines.md), and where he is to be found.
ENGINE = os.environ.get("TACTFUL_ENGINE", "duckdb")
ENGINE_URL = os.environ.get("TACTFUL_ENGINE_URL", "")
DATABASES = {"default": database(os.environ.get("TACTFUL_DATABASE_URL", "postgresql://localhost/tactful"))}
SECRET_KEY = os.environ.get("TACTFUL_SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("TACTFUL_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("TACTFUL_ORIGINS", "").split(",") if origin]

CAPABILITIES = [
    "jobs", "team", "lake", "events", "customers", "catalog", "segments", "consent", "content",
    "experiments", "journeys", "decisions", "delivery", "hooks", "sales",
]  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "axes",
    "csp",
    *[f"tactful.{name}" for name in CAPABILITIES],
    "tactful.web",
    "tactful.public",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tactful.web.nul.no_nul",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "tactful.config.urls"
WSGI_APPLICATION = "tactful.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_VALIDATION = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": f"{_VALIDATION}MinimumLengthValidator"},
    {"NAME": f"{_VALIDATION}CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "tactful.web.views.errors.locked_out"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "SAMEORIGIN"  # a message's preview stands in a frame of our own pages
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": [NONE],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent.parent / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# The names of built files carry a hash of their content.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/built/.+\.[0-9A-Za-z]{8,12}\.(css|js|svg|woff2)$"
CSRF_FAILURE_VIEW = "tactful.web.views.errors.csrf"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"]
