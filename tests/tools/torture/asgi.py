"""What uvicorn serves in a run: the application, in a process that can be killed at a given moment."""

from tests.tools.torture import process_faults, shifted_clock

process_faults.watch("web", shifted_clock.directory())

from config.asgi import application  # noqa: E402 - the listener must be there before the first client

shifted_clock.install()

__all__ = ["application"]
