"""Django as a WSGI application; `config.asgi` puts in front of it what bounds a request before it has a thread."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
