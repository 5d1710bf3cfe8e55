"""Addresses of the API that Django serves."""

from django.urls import path

from api import asyncapi, openapi
from api.resources import api, no_such_resource

urlpatterns = [
    path("api/", openapi.reference, name="api_reference"),
    path("api/v1/openapi.json", openapi.openapi_json, name="openapi"),
    path("api/v1/asyncapi.json", asyncapi.asyncapi_json, name="asyncapi"),
    path("api/v1/", api.urls),
    path("api/v1/<path:rest>", no_such_resource),
]
