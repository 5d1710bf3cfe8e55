"""The addresses of images of previews."""

from django.urls import path

from previews import views

urlpatterns = [path("previews/<uuid:image_id>/", views.image, name="preview_image")]
