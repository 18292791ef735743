"""The bare functions as they are served: behind the same front as ours."""

from config.server.front import Front
from tests.tools.bench.floors import application as wsgi

application = Front(wsgi)
