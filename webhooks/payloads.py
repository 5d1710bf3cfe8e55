"""What programs send to an incoming webhook, as a text in our Markdown: our own shape, Slack's, Mattermost's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext_lazy as _
from pydantic_core import from_json

from chat.protocol.errors import Invalid, TooLarge
from webhooks.mrkdwn import to_markdown

JSON, TEXT, FORM = "application/json", "text/plain", "application/x-www-form-urlencoded"

TEXT_CHARS = 40_000
"""Longest text that is translated: four times what a message can have, since markup may disappear."""

BLOCKS = 50
ATTACHMENTS = 20
FIELDS = 20
"""Most blocks, attachments and fields of one of them that are read; as many as Slack accepts, or a few more."""

OUR_FIELDS = ("thread", "also_in_room", "reply_to")
ANOTHER_TYPE = _("Send application/json, text/plain, or a form with the field payload.")
NOT_JSON = _("The body must be JSON.")
NOT_AN_OBJECT = _("The body must be a JSON object.")
NOT_UTF_8 = _("The text must be UTF-8.")
NO_PAYLOAD = _("The form must have one field called payload, with JSON.")
NO_TEXT = _("There is no text. Send a JSON object with body or text, or with Slack's attachments or blocks.")
NOT_A_TEXT = _("This must be a text.")


@dataclass(frozen=True, slots=True)
class Posting:
    """What is to be posted, where if not in the room itself, and whether the sender speaks as to Slack."""

    body: str
    is_slack: bool
    where: dict[str, Any]


def read_posting(content: bytes, media_type: str) -> Posting:
    """Read the body of a request. Raises Invalid or TooLarge."""
    if media_type == TEXT:
        return Posting(_required(_decoded(content)), is_slack=False, where={})
    if media_type == FORM:
        return _from_json(_payload(content), is_form=True)
    if media_type != JSON:
        raise Invalid(ANOTHER_TYPE)
    return _from_json(content, is_form=False)


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Invalid(NOT_UTF_8) from error


def _payload(content: bytes) -> str:
    try:
        fields = parse_qs(_decoded(content), max_num_fields=FIELDS, errors="strict")
    except ValueError as error:
        raise Invalid(NO_PAYLOAD) from error
    if len(fields.get("payload", [])) != 1:
        raise Invalid(NO_PAYLOAD, field="payload")
    return fields["payload"][0]


def _from_json(text: str | bytes, *, is_form: bool) -> Posting:
    try:
        given = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise Invalid(NOT_JSON) from error
    if not isinstance(given, dict):
        raise Invalid(NOT_AN_OBJECT)
    where = {name: given[name] for name in OUR_FIELDS if name in given}
    if "body" in given:
        return Posting(_required(_text(given["body"], "body")), is_slack=is_form, where=where)
    return Posting(_required(_slack(given)), is_slack=True, where=where)


def _required(text: str) -> str:
    if not text.strip():
        raise Invalid(NO_TEXT, field="text")
    return text


def _text(value: Any, field: str) -> str:
    """A field that is a text, or absent. Raises Invalid or TooLarge."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(NOT_A_TEXT, field=field)
    if len(value) > TEXT_CHARS:
        raise TooLarge(field=field)
    return value


# --- Slack's and Mattermost's shape -----------------------------------------------------------------------------------


def _slack(given: dict[str, Any]) -> str:
    """The blocks, or without any the text, and then the attachments. Names and pictures of the sender are ignored."""
    text = to_markdown(_text(given.get("text"), "text"))
    blocks = "\n".join(_of_blocks(given.get("blocks")))
    attachments = [_attachment(one) for one in _objects(given.get("attachments"), ATTACHMENTS)]
    parts = [blocks or text, *attachments]
    whole = "\n\n".join(part for part in parts if part)
    if len(whole) > TEXT_CHARS:
        raise TooLarge(field="text")
    return whole


def _objects(value: Any, most: int) -> list[dict[str, Any]]:
    """The objects of a list; whatever else a sender puts there is left out."""
    return [one for one in value[:most] if isinstance(one, dict)] if isinstance(value, list) else []


def _of_blocks(blocks: Any) -> Iterator[str]:
    for block in _objects(blocks, BLOCKS):
        kind = block.get("type")
        if kind == "header":
            yield _bold(_text_object(block.get("text")))
        elif kind == "section":
            yield from filter(None, [_text_object(block.get("text"))])
            yield from filter(None, map(_text_object, _objects(block.get("fields"), FIELDS)))
        elif kind == "context":
            yield from filter(None, [" ".join(map(_text_object, _objects(block.get("elements"), FIELDS)))])


def _text_object(value: Any) -> str:
    """The text of one of Slack's text objects; "" for a picture or anything else."""
    if not isinstance(value, dict):
        return ""
    text = _text(value.get("text"), "blocks")
    return text if value.get("type") == "plain_text" else to_markdown(text)


def _attachment(one: dict[str, Any]) -> str:
    title = to_markdown(_text(one.get("title"), "attachments"))
    link = _text(one.get("title_link"), "attachments")
    lines = [
        to_markdown(_text(one.get("pretext"), "attachments")),
        f"[{title}]({link})" if title and link else _bold(title),
        to_markdown(_text(one.get("text"), "attachments")),
        *map(_field, _objects(one.get("fields"), FIELDS)),
        *_of_blocks(one.get("blocks")),
    ]
    found = "\n".join(line for line in lines if line)
    return found or to_markdown(_text(one.get("fallback"), "attachments"))


def _field(field: dict[str, Any]) -> str:
    """One line of a table that Slack draws; a value may be a number."""
    value = field.get("value")
    text = str(value) if isinstance(value, int | float) else to_markdown(_text(value, "attachments"))
    title = to_markdown(_text(field.get("title"), "attachments"))
    return f"{_bold(title)}: {text}" if title and text else text or _bold(title)


def _bold(text: str) -> str:
    return f"**{text}**" if text and "**" not in text else text
