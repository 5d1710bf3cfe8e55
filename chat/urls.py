"""Addresses of the chat's pages."""

from django.urls import path

from chat import views

urlpatterns = [
    path("", views.home, name="home"),
    path("welcome/", views.welcome, name="welcome"),
    path("rooms/", views.rooms, name="rooms"),
    path("rooms/new/", views.room_create, name="room_create"),
    path("rooms/<str:slug>/", views.room, name="room"),
    path("rooms/<str:slug>/settings/", views.room_settings, name="room_settings"),
    path("rooms/<str:slug>/join/", views.room_join, name="room_join"),
    path("rooms/<str:slug>/leave/", views.room_leave, name="room_leave"),
    path("rooms/<str:slug>/archive/", views.room_archive, name="room_archive"),
    path("rooms/<str:slug>/unarchive/", views.room_unarchive, name="room_unarchive"),
    path("rooms/<str:slug>/invite/", views.room_invite, name="room_invite"),
    path("rooms/<str:slug>/remove/", views.room_remove, name="room_remove"),
    path("rooms/<str:slug>/role/", views.room_role, name="room_role"),
    path("people/invite/", views.people_invite, name="people_invite"),
    path("profile/", views.profile, name="profile"),
]
