"""Previews in the demo."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from chat.models import Message
from chat.models.message import PREVIEWS
from previews import images
from previews.demo import PAGES
from previews.models import PreviewedPage


@pytest.mark.usefixtures("db")
def test_links_of_the_demo_have_previews_without_a_network(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    call_command("demo")
    shown = [preview for message in Message.objects.order_by("pk") for preview in message.extras.get(PREVIEWS, ())]
    assert {preview["url"] for preview in shown} == set(PAGES)
    pictures = [page.pk for page in PreviewedPage.objects.exclude(width=None)]
    assert len(pictures) == 2
    assert all(images.content_of(picture) for picture in pictures)
