"""Addresses of the pages about files. Files themselves are served by `files.asgi`."""

from django.urls import path

import chat.urls  # noqa: F401 (which registers the converter of rooms)
from files.web import views

urlpatterns = [path("rooms/<room:slug>/files/", views.room_files, name="room_files")]
