"""Every address of the site; those of the chat itself are in chat.urls."""

from django.contrib import admin
from django.urls import include, path

from chat import health
from chat.views.catalog import javascript_catalog
from chat.views.media import media

handler400 = "chat.views.bad_request"
handler403 = "chat.views.permission_denied"
handler404 = "chat.views.page_not_found"
handler500 = "chat.views.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("jsi18n/<str:language>/<str:asked>.js", javascript_catalog, name="javascript-catalog"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("media/<path:path>", media, name="media"),
    path("", include("chat.urls")),
    path("accounts/", include("allauth.account.urls")),
]
