"""Every setting, read from the environment or .env; a bad value fails here, at start, and says what to do."""

import hashlib
import hmac
from functools import partial
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment import BASE_DIR as BASE_DIR  # a setting, too
from config.environment import VAR_DIR, amount, env, flag, folder_in_var, read_url, secret_key, text, time_zone, whole
from config.texts import validate_line, validate_mailbox

# --- Where we are reached
HOST = env("HOST", default="127.0.0.1")
PORT = whole("PORT", 8000, minimum=1, maximum=65535)

# --- The phone: Twilio where all four are set, the simulator where none is
_twilio = {
    name: env(name, default="")
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER", "PUBLIC_BASE_URL")
}
_missing = [name for name, value in _twilio.items() if not value]
if _missing and len(_missing) < len(_twilio):
    raise ImproperlyConfigured(
        f"Twilio is set up by halves: {', '.join(_missing)} missing. "
        f"Set all of {', '.join(_twilio)}, or none of them to use the simulator."
    )
TWILIO_ACCOUNT_SID = _twilio["TWILIO_ACCOUNT_SID"]
TWILIO_AUTH_TOKEN = _twilio["TWILIO_AUTH_TOKEN"]
TWILIO_AUTH_TOKEN_OLD = env("TWILIO_AUTH_TOKEN_OLD", default="")
TWILIO_PHONE_NUMBER = _twilio["TWILIO_PHONE_NUMBER"]
TWILIO_API_BASE_URL = env("TWILIO_API_BASE_URL", default="").rstrip("/")
TWILIO_TIMEOUT_SECONDS = whole("TWILIO_TIMEOUT_SECONDS", 10, minimum=1, maximum=60)
TELEPHONY = "simulator" if _missing else "twilio"
SIMULATED = TELEPHONY == "simulator"

_own_host = "127.0.0.1" if HOST in {"0.0.0.0", "::"} else HOST  # noqa: S104 - compared, not bound
PUBLIC_BASE_URL = (_twilio["PUBLIC_BASE_URL"] or f"http://{_own_host}:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_BASE_URL)
_is_loopback = _public.hostname in {"localhost", "127.0.0.1", "::1"}
if (
    not _public.hostname
    or _public.path
    or _public.query
    or not (_public.scheme == "https" or (_public.scheme == "http" and (_is_loopback or SIMULATED)))
):
    raise ImproperlyConfigured(
        f"PUBLIC_BASE_URL is {PUBLIC_BASE_URL!r}; it must be https://your.host without a path "
        "(http only for a loopback address), since Twilio signs its requests with it."
    )

# How fast the simulated phone network goes: 1 as a real call, 0 without any waiting
try:
    SIMULATOR_PACE = env.float("SIMULATOR_PACE", default=0.1)
except ValueError:
    SIMULATOR_PACE = -1.0
if not 0 <= SIMULATOR_PACE <= 10:
    raise ImproperlyConfigured("SIMULATOR_PACE must be from 0 (no waiting) to 10; 1 is the pace of a real call.")

# --- Django
DEBUG = flag("DEBUG", SIMULATED)
SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# What the webhooks are signed with: Twilio's token, or the simulator's own
WEBHOOK_AUTH_TOKEN = (
    TWILIO_AUTH_TOKEN or hmac.new(SECRET_KEY.encode(), b"the simulator signs too", hashlib.sha256).hexdigest()[:32]
)
# What a webhook may be signed with: that, and during a rotation the token before
WEBHOOK_AUTH_TOKENS = [
    WEBHOOK_AUTH_TOKEN,
    *([TWILIO_AUTH_TOKEN_OLD] if TWILIO_AUTH_TOKEN and TWILIO_AUTH_TOKEN_OLD else []),
]

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
if _public.hostname not in ALLOWED_HOSTS:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, f"[{_public.hostname}]" if ":" in _public.hostname else _public.hostname]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_BASE_URL])

INSTALLED_APPS = [
    "config",
    "candidates",
    "interviews",
    "calls",
    "rest_framework",
    "rest_framework.authtoken",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "config.security.headers.add_security_headers",
    "config.server.webhooks.answer_webhooks",  # what follows is for browsers
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.mongo.outage.Outage",
    "config.security.login.TooManyTriesMiddleware",
]
AUTHENTICATION_BACKENDS = ["config.security.login.ThrottledBackend"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = time_zone("TIME_ZONE", "UTC")
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "config.formats"
STATIC_URL = "static/"
STATIC_ROOT = folder_in_var("static")  # whitenoise warns where it is missing
WHITENOISE_USE_FINDERS = True

# --- Where things are kept
MONGODB_URI = env("MONGODB_URI", default="")  # unset: a mongod of our own under var/
MONGODB_DATABASE = env("MONGODB_DATABASE", default="callflow")
if MONGODB_URI and not MONGODB_URI.startswith(("mongodb://", "mongodb+srv://")):
    raise ImproperlyConfigured("MONGODB_URI must begin with mongodb:// or mongodb+srv://.")
DATABASES = {
    "default": read_url(
        "DATABASE_URL",
        env.db_url_config,
        default=f"sqlite:///{VAR_DIR / 'django.sqlite3'}",
        example="postgres://user:password@host:5432/name",
    )
}
# Opening a connection costs more than all that an API request asks of it
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# --- Calls
MAX_ATTEMPTS = whole("MAX_ATTEMPTS", 3, minimum=1, maximum=10)
RING_SECONDS = whole("RING_SECONDS", 25, minimum=5, maximum=120)
CALL_LIMIT_SECONDS = whole("CALL_LIMIT_SECONDS", 600, minimum=60, maximum=3600)
RETRY_AFTER_MINUTES = whole("RETRY_AFTER_MINUTES", 180, minimum=0, maximum=10080)  # 0: never by ourselves
CALLING_HOURS = env("CALLING_HOURS", default="9-20")  # local to the candidate; for calls nobody started by hand
try:
    CALLING_FROM_HOUR, CALLING_TO_HOUR = (int(hour) for hour in CALLING_HOURS.split("-"))
except ValueError as error:
    raise ImproperlyConfigured("CALLING_HOURS must be two whole hours, such as 9-20.") from error
if not 0 <= CALLING_FROM_HOUR < CALLING_TO_HOUR <= 24:
    raise ImproperlyConfigured("CALLING_HOURS must be two hours from 0 to 24, the earlier first, such as 9-20.")
CALLS_PER_DAY = whole("CALLS_PER_DAY", 0, minimum=0, maximum=1_000_000)  # 0: no bound; the day is TIME_ZONE's
PRICE_PER_MINUTE = amount("PRICE_PER_MINUTE")
COST_PER_DAY = amount("COST_PER_DAY")  # 0: no bound
if COST_PER_DAY and not PRICE_PER_MINUTE:
    raise ImproperlyConfigured("COST_PER_DAY needs PRICE_PER_MINUTE: what a started minute of a call costs.")
if COST_PER_DAY and COST_PER_DAY < PRICE_PER_MINUTE:
    raise ImproperlyConfigured("COST_PER_DAY is less than PRICE_PER_MINUTE, so that nobody could be called.")
NOTICE_MINUTES = whole("NOTICE_MINUTES", 120, minimum=0, maximum=10080)  # slots sooner than this are not offered
UNDERSTANDING = env("UNDERSTANDING", default="interviews.understanding.Grammar")
# For candidates who have none of their own
COMPANY_NAME = text("COMPANY_NAME", "our company", partial(validate_line, min_length=1, max_length=200))

# --- Mail
DEFAULT_FROM_EMAIL = text(
    "DEFAULT_FROM_EMAIL", "Interviews <interviews@localhost>", partial(validate_mailbox, max_length=500)
)
EMAIL_TIMEOUT = whole("EMAIL_TIMEOUT", 15, minimum=1, maximum=120)
if env("EMAIL_URL", default=""):
    vars().update(read_url("EMAIL_URL", env.email_url_config, default="", example="smtp+tls://user:password@host:587"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")

# --- Jobs: what runs, and the pause between two runs in seconds. `run_jobs` and Celery's beat read the same table
JOBS = {
    "calls.jobs.dial_due_calls": 5,
    "calls.jobs.record_missed_outcomes": 15,
    "calls.jobs.settle_open_calls": 30,
    "calls.jobs.reconcile_calls": 900,
    "interviews.jobs.send_due_mails": 2,
    "interviews.jobs.queue_missed_invitations": 30,
    "interviews.jobs.free_expired_holds": 30,
}
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="redis://127.0.0.1:6379/0")

# --- The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.api.authentication.LeanTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "config.api.renderer.FastJSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.api.permissions.IsStaffOrLocalTrial"],
    "DEFAULT_THROTTLE_CLASSES": ["config.api.throttling.UserThrottle"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.BoundedJSONParser"],
    "EXCEPTION_HANDLER": "config.api.errors.handle_exception",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
API_REQUESTS_PER_MINUTE = whole("API_REQUESTS_PER_MINUTE", 600, minimum=0, maximum=1_000_000)  # 0: no limit
API_REFUSALS_PER_MINUTE = whole("API_REFUSALS_PER_MINUTE", 60, minimum=0, maximum=1_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "config.security.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- The admin's looks; who sees what is decided in config/admin.py
LOGIN_REDIRECT_URL = "admin:index"  # the skin's form does not say where to go on
UNFOLD = {
    "SITE_TITLE": "Callflow",
    "SITE_HEADER": "Callflow",
    "SITE_SUBHEADER": "Calls that end in interviews",
    "SITE_SYMBOL": "phone_in_talk",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "config.admin.favicon"}],
    "SITE_URL": "",  # there is no site beside the admin
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "config.admin.environment",
    "DASHBOARD_CALLBACK": "config.admin.dashboard",
    "SIDEBAR": {"show_search": True, "navigation": "config.admin.navigation"},
    "STYLES": ["config.admin.stylesheet"],
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        }
    },
}

# --- Safety of everything that is not a trial on one's own machine
if not DEBUG:
    # Where only this machine reaches us, turning http away is for the proxy before us to do
    SECURE_SSL_REDIRECT = flag(
        "SECURE_SSL_REDIRECT", HOST not in {"127.0.0.1", "localhost", "::1"} and not _is_loopback
    )
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not _is_loopback
    SECURE_HSTS_SECONDS = whole("SECURE_HSTS_SECONDS", 31_536_000, minimum=0, maximum=63_072_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
BEHIND_PROXY = flag("BEHIND_PROXY", False)
if BEHIND_PROXY:  # the proxy must set X-Forwarded-Proto itself, never pass it on
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- The log, and the error pages that DEBUG shows
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.security.redaction.ReporterFilter"
LOG_PERSONAL_DATA = flag("LOG_PERSONAL_DATA", DEBUG and SIMULATED)
LOG_LEVEL = env("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise ImproperlyConfigured("LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.security.redaction.LineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # At DEBUG, drivers and clients of whatever kind say all that they send
    "root": {"handlers": ["console"], "level": "INFO" if LOG_LEVEL == "DEBUG" and not LOG_PERSONAL_DATA else LOG_LEVEL},
    "loggers": {
        **{app: {"level": LOG_LEVEL} for app in ("config", "candidates", "interviews", "calls")},
        "twilio": {"level": "WARNING"},
        # These would write lines of their own, past the formatter
        "django": {"level": "INFO", "handlers": []},
        **{
            server: {"handlers": [], "propagate": True}
            for server in ("django.server", "uvicorn", "uvicorn.error", "uvicorn.access")
        },
    },
}
