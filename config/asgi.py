"""The application as it is served."""

from config.front import Front
from config.wsgi import application as wsgi

application = Front(wsgi)
