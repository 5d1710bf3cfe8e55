"""Forms whose last word is a service's."""

from collections.abc import Callable
from typing import TypeVar

from django import forms

from chat.protocol.errors import ChatError, NotFound

T = TypeVar("T")


class ServiceForm(forms.Form):
    """A form that hands what it cleaned to a service."""

    def attempt(self, act: Callable[[], T]) -> T | None:
        """What the service returns; or None, and its refusal stands as an error at the field it names.

        NotFound passes through: to somebody who may not know of a thing, its page does not exist.
        """
        try:
            return act()
        except NotFound:
            raise
        except ChatError as error:
            self.add_error(error.field if error.field in self.fields else None, str(error.message))
            return None
