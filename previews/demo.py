"""Previews of links in the talk of the demo, as if their pages had been read: they need no network."""

from dataclasses import dataclass

from chat.models import Message
from files import demo
from files.decoding.inspection import make_thumbnail
from previews import images
from previews.models import MessagePreview, PreviewedPage, digest_of
from previews.services.showing import show_previews


@dataclass(frozen=True)
class Page:
    """What a page says of itself; `picture` is a file of the demo."""

    title: str
    description: str
    site: str
    picture: str = ""


PAGES = {
    "https://staging.leaf.example/": Page(
        "Leaf: bookings for small studios",
        "Open a calendar, share a link, get paid. No meetings about meetings.",
        "staging.leaf.example",
        "hero-b.png",
    ),
    "https://photos.leaf.example/kitchen": Page(
        "점심 햇살, 부엌에서", "Eleven photos by Ada Okafor", "Leaf photos", "회의실 차 한 잔.jpg"
    ),
    "https://status.leaf.example/": Page("All systems work", "No incidents in the last 90 days.", "Leaf status"),
}


def add_previews() -> None:
    """Let the messages with these links show previews of them."""
    for url, page in PAGES.items():
        read = _store(url, page)
        for message in Message.objects.filter(body__contains=url, kind=Message.Kind.TEXT, deleted_at=None):
            MessagePreview.objects.create(message=message, digest=read.digest, url=url, page=read)
            show_previews(message.pk)


def _store(url: str, page: Page) -> PreviewedPage:
    read = PreviewedPage(digest=digest_of(url), title=page.title, description=page.description, site=page.site)
    picture = make_thumbnail(demo.MAKERS[page.picture]()) if page.picture else None
    if picture is not None:
        images.store(read.pk, picture.content)
        read.width, read.height, read.blur = picture.width, picture.height, picture.blur
    read.save(force_insert=True)
    return read
