"""Addresses of the pages of webhooks. Those to which programs post are served before Django (`webhooks.asgi`)."""

from django.urls import path

from webhooks import views

IN, OUT = "rooms/<room:slug>/webhooks/in/", "rooms/<room:slug>/webhooks/out/"

urlpatterns = [
    path("rooms/<room:slug>/webhooks/", views.webhooks, name="webhooks"),
    path(f"{IN}new/", views.incoming_create, name="incoming_webhook_create"),
    path(f"{IN}<id:webhook_id>/", views.incoming, name="incoming_webhook"),
    path(f"{IN}<id:webhook_id>/address/", views.incoming_address, name="incoming_webhook_address"),
    path(f"{IN}<id:webhook_id>/switch/", views.incoming_switch, name="incoming_webhook_switch"),
    path(f"{IN}<id:webhook_id>/delete/", views.incoming_delete, name="incoming_webhook_delete"),
]
