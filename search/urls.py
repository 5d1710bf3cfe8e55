"""The address of the page that searches."""

from django.urls import path

from search import views

urlpatterns = [
    path("search/", views.search, name="search"),
]
