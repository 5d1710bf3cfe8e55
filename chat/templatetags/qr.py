"""QR codes."""

from django import template

from chat.web import invitations

register = template.Library()


@register.simple_tag
def qr_code(text: str) -> invitations.QrCode:
    """The QR code of a text, for `parts/qr_code.html`."""
    return invitations.qr_code(text)
