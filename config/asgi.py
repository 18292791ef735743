"""The application as it is served."""

from config.server.front import Front
from config.wsgi import application as wsgi

application = Front(wsgi)
