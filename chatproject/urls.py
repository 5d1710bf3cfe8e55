"""The URLs of the site; those of the chat itself are in chat.urls."""

from django.contrib import admin
from django.urls import include, path

from chat.web import health
from chat.web.views.catalog import javascript_catalog
from chat.web.views.media import media

handler400 = "chat.web.views.bad_request"
handler403 = "chat.web.views.permission_denied"
handler404 = "chat.web.views.page_not_found"
handler500 = "chat.web.views.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("jsi18n/<str:language>/<str:asked>.js", javascript_catalog, name="javascript-catalog"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("media/<path:path>", media, name="media"),
    path("", include("chat.urls")),
    path("", include("notify.urls")),
    path("", include("api.urls")),
    path("", include("webhooks.urls")),
    path("", include("files.urls")),
    path("", include("previews.urls")),
    path("", include("search.urls")),
    path("accounts/", include("allauth.account.urls")),
]
