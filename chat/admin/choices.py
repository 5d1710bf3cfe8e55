"""Fields that choose related rows by autocompletion."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, ManyToManyField
from django.http import HttpRequest

GREATEST_ID = 2**63 - 1


def is_id(value: object) -> bool:
    """Whether the database can compare this value with a primary key."""
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= len(str(GREATEST_ID)) and int(text) <= GREATEST_ID


class OnlyIds:
    """Drops chosen values that cannot be ids, for which the database would raise an error."""

    def optgroups(self, name: str, value: list[Any], attr: Any = None) -> Any:
        return super().optgroups(name, [chosen for chosen in value if is_id(chosen)], attr)  # type: ignore[misc]


class ChooseOne(OnlyIds, AutocompleteSelect):  # type: ignore[misc]
    """Chooses one row."""


class ChooseSome(OnlyIds, AutocompleteSelectMultiple):  # type: ignore[misc]
    """Chooses several rows."""


class SomeRows(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several rows by their ids. Django's own field would pass numbers to SQLite that are too large for it."""

    def _check_values(self, value: Any) -> Any:
        for pk in value if isinstance(value, list | tuple) else ():
            if not is_id(pk):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": pk})
        return super()._check_values(value)  # type: ignore[misc]


class ChoosingAdmin:
    """Mixin for admin pages and inlines on which related rows are chosen."""

    admin_site: Any

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """The field for one related row."""
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", ChooseOne(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """The field for several related rows."""
        kwargs.setdefault("form_class", SomeRows)
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", ChooseSome(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
