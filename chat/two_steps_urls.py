"""Addresses of two-step sign-in. The shell shows allauth's pages under the profile; the others stand alone."""

from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.urls import path
from django.views.generic import RedirectView

urlpatterns = [
    path("profile/security/", base.index, name="mfa_index"),
    path("profile/security/app/", app.activate_totp, name="mfa_activate_totp"),
    path("profile/security/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("profile/security/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("profile/security/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("profile/security/passkeys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("profile/security/passkeys/new/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("profile/security/passkeys/<id:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("profile/security/passkeys/<id:pk>/edit/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("accounts/codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("accounts/second-step/", base.authenticate, name="mfa_authenticate"),
    path("accounts/second-step/again/", base.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("accounts/passkey/again/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]
