"""Reads a form off a page as a browser would send it: what it shows and what it hides."""

from html.parser import HTMLParser
from typing import Any


class FormReader(HTMLParser):
    """Collects the values of the page's form; of the admin's pages, the form that is not for logging out."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.inside = False
        self.name: str | None = None
        self.text: list[str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form":
            self.inside = given.get("id", "").endswith(("_form", "changelist-form"))
        elif self.inside and given.get("name"):
            self.begin(tag, given)
        elif tag == "option" and self.name and "selected" in given:
            self.values[self.name] = given.get("value", "")

    def begin(self, tag: str, given: dict[str, str | None]) -> None:
        """Take a control that has a name."""
        if tag == "select":
            self.name = given["name"]
            self.values[self.name] = ""
        elif tag == "textarea":
            self.name, self.text = given["name"], []
        elif given.get("type") not in {"submit", "checkbox"} or "checked" in given:
            self.values[given["name"]] = given.get("value") or ("on" if given.get("type") == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.text is not None:
            self.values[self.name] = "".join(self.text).removeprefix("\n").removeprefix("\r\n")
            self.text = None
        elif tag == "form":
            self.inside = False
        if tag in {"select", "textarea"}:
            self.name = None


def typed(response: Any, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send from a page, with these changes; None leaves a field out."""
    reader = FormReader()
    reader.feed(response.content.decode())
    return {name: value for name, value in (reader.values | changes).items() if value is not None}
