"""A limit on the size of forms that are sent, which holds before anything of them is kept."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MAX_FORM_BYTES = 6 * 1024 * 1024  # the largest file that is imported, and the rest of its form


class BoundedUpload(FileUploadHandler):
    """Refuses a form that is too large before it is read: the upload handlers are asked before any view and login.

    What is small enough is left to the next handler.
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:  # noqa: N803 - Django's name
        """:raises RequestDataTooBig: by the announced length, beyond which nothing is read."""
        if content_length > MAX_FORM_BYTES:
            raise RequestDataTooBig(f"The form is larger than {MAX_FORM_BYTES} bytes.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
