"""Forms that pass their data to a service, which makes the final decision."""

from collections.abc import Callable
from typing import TypeVar

from django import forms

from chat.protocol.errors import ChatError, NotFound

T = TypeVar("T")


class ServiceForm(forms.Form):
    """A form that passes its cleaned data to a service."""

    def attempt(self, act: Callable[[], T]) -> T | None:
        """Call a service and return its result. On a refusal, add an error to the field that it names, and return None.

        NotFound propagates: for somebody who may not know of an object, its page does not exist.
        """
        try:
            return act()
        except NotFound:
            raise
        except ChatError as error:
            self.add_error(error.field if error.field in self.fields else None, str(error.message))
            return None
