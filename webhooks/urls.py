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
    path(f"{OUT}new/", views.outgoing_create, name="outgoing_webhook_create"),
    path(f"{OUT}<id:webhook_id>/", views.outgoing, name="outgoing_webhook"),
    path(f"{OUT}<id:webhook_id>/edit/", views.outgoing_edit, name="outgoing_webhook_edit"),
    path(f"{OUT}<id:webhook_id>/secret/", views.outgoing_secret, name="outgoing_webhook_secret"),
    path(f"{OUT}<id:webhook_id>/switch/", views.outgoing_switch, name="outgoing_webhook_switch"),
    path(f"{OUT}<id:webhook_id>/delete/", views.outgoing_delete, name="outgoing_webhook_delete"),
    path(f"{OUT}<id:webhook_id>/test/", views.outgoing_test, name="outgoing_webhook_test"),
    path(f"{OUT}<id:webhook_id>/replay/", views.outgoing_replay, name="outgoing_webhook_replay"),
    path(f"{OUT}<id:webhook_id>/<id:delivery_id>/", views.delivery, name="webhook_delivery"),
    path(f"{OUT}<id:webhook_id>/<id:delivery_id>/replay/", views.delivery_replay, name="webhook_delivery_replay"),
]
