"""What uvicorn serves in a run: the application, in a process that can be killed at a given moment."""

from tests.tools.torture import clock, killing

killing.watch("web", clock.directory())

from config.asgi import application  # noqa: E402 - the listener must be there before the first client

clock.install()

__all__ = ["application"]
