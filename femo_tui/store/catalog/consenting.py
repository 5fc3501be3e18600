"""What of an edit is another consent: given scopes, form or expiry that differ from what holds."""

from __future__ import annotations

from femo_tui.model.participants import UNCHANGED, Consent, Scope, Unchanged


def next_consent(
    before: Consent,
    scopes: frozenset[Scope] | None,
    form_version: str | None,
    expires_utc: str | Unchanged | None,
    now_utc: str,
) -> Consent | None:
    """Return the consent that follows `before`, None where nothing about it changes.

    A new expiry renews what had expired, unless scopes are given, too.
    """
    expiry = before.expires_utc if expires_utc is UNCHANGED else expires_utc
    form = form_version or before.form_version
    if expiry == before.expires_utc and form == before.form_version:
        if scopes is None or scopes == before.scopes:
            return None
        if before.lapsed:  # agreed to anew: an expiry that has passed is not meant to hold on
            expiry = None
    agreed = before.scopes | before.lapsed if scopes is None else scopes
    return Consent(agreed, form, now_utc, expiry)
