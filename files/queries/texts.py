"""The texts inside the files of messages, for the search."""

from collections import defaultdict
from collections.abc import Iterable

from files.models import FileText

BETWEEN = "\n\n"


def texts_of(messages: Iterable[int]) -> dict[int, str]:
    """The texts in files of messages, given by their ids, in the order of the files; a message without any is absent.

    One query. Of each file at most TEXT_BYTES are kept (`files/decoding/texts.py`).
    """
    found = FileText.objects.filter(file__message__in=messages).order_by("file__message", "file__place")
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for message_id, text in found.values_list("file__message", "text"):
        texts[message_id].append(text)
    return {message_id: BETWEEN.join(of_message) for message_id, of_message in texts.items()}
