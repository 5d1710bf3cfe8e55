"""Addresses of the pages about notifications."""

from django.urls import path

from notify import views

urlpatterns = [path("profile/notifications/", views.notifications, name="notifications")]
