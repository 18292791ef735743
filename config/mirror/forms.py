"""A ModelForm that writes only what the person changed, and says so where somebody else changed it meanwhile."""

from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _


class MirrorForm(forms.ModelForm):
    """Edits a mirror. Each field carries what it showed when the page was opened; `refusal` is an error to show."""

    refusal: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._editing = not self.instance._state.adding
        self._dangling = self._find_dangling() if self._editing else set()
        if self._editing:
            for field in self.fields.values():
                field.show_hidden_initial = True

    def _find_dangling(self) -> set[str]:
        """Find the references whose document is gone: they may stay as they are, and their field says so."""
        found = set()
        for name, field in self.fields.items():
            key = self.initial.get(name)
            if not isinstance(field, forms.ModelChoiceField) or key is None:
                continue
            if not field.queryset.model._base_manager.filter(pk=key).exists():
                found.add(name)
                field.required = False
                field.help_text = _("What this points to is gone: %(key)s. Left empty, it stays so.") % {"key": key}
        return found

    @cached_property
    def changed_data(self) -> list[str]:
        """The names of the fields that the person changed."""
        return [name for name in self.fields if self._is_changed(self[name])]

    def _is_changed(self, bound: BoundField) -> bool:
        if bound.name in self._dangling and not bound.data:
            return False
        if self._shown(bound) is None:
            return bound.field.has_changed(bound.initial, bound.data)
        return bound._has_changed()

    def _shown(self, bound: BoundField) -> Any:
        """Return what the field showed when the page was opened, None where the data does not say."""
        widget = bound.field.hidden_widget()
        if not bound.field.show_hidden_initial or widget.value_omitted_from_data(
            self.data, self.files, bound.html_initial_name
        ):
            return None
        return widget.value_from_datadict(self.data, self.files, bound.html_initial_name)

    def _check_overwriting(self) -> None:
        """Refuse a change to a field that now holds neither what was shown nor what is wanted."""
        for name in self.changed_data:
            bound, field = self[name], self.fields[name]
            shown, now = self._shown(bound), self.get_initial_for_field(self.fields[name], name)
            if shown is not None and field.has_changed(now, shown) and field.has_changed(now, bound.data):
                message = _("Somebody else changed this to “%(now)s” meanwhile. Open the page again to change it.")
                self.add_error(name, message % {"now": now})

    # This and the next are private in Django: the hooks by which ModelForm of Django 5.2 validates its instance
    def _get_validation_exclusions(self) -> set[str]:
        exclude = super()._get_validation_exclusions()
        return exclude | (set(self.fields) - set(self.changed_data)) if self._editing else exclude

    def _post_clean(self) -> None:
        cleaned = self.cleaned_data
        if self._editing:
            self._check_overwriting()
            unchanged = set(self.fields) - set(self.changed_data)
            self.cleaned_data = {name: value for name, value in cleaned.items() if name not in unchanged}
        super()._post_clean()
        if self.refusal:
            self.add_error(None, self.refusal)
        self.cleaned_data = {name: value for name, value in cleaned.items() if name not in self.errors}

    def validate_unique(self) -> None:
        """Check what must be unique together even where only part of it was changed."""
        try:
            self.instance.validate_unique(exclude=super()._get_validation_exclusions())
        except forms.ValidationError as error:
            self._update_errors(error)

    def _update_errors(self, errors: forms.ValidationError) -> None:
        """Put what the document says of the form's fields where it belongs, unless the form has complained there."""
        general = getattr(errors, "error_dict", {}).pop(NON_FIELD_ERRORS, [])
        elsewhere = []
        for error in general:
            name = (error.params or {}).get("field") if error.code == "excluded" else None
            if name not in self.fields:
                elsewhere.append(error)
            elif name not in self._errors:
                self.add_error(name, error.params["message"])
        if elsewhere:
            errors.error_dict[NON_FIELD_ERRORS] = elsewhere
        super()._update_errors(errors)
