"""The account behind a channel of an app."""

from fake_sinch.accounts import account_of, credential_of
from fake_sinch.state import Credential
from fake_sinch.tests.stage import Stage


def test_account_has_base_and_callback() -> None:
    """An account names the vendor's server and where the vendor reports to us."""
    stage = Stage()
    app = stage.service.state.apps[stage.app_id]
    account = account_of(stage.service, app, "SMS", stage.now)
    assert account is not None
    assert account.base_url == "http://sms.test"
    assert account.callback_url == f"http://127.0.0.1:8601/adapter/v1/SMS/{app.id}/callback"


def test_nothing_for_other_channels() -> None:
    """There is no account without a credential, nor for a channel that is not emulated."""
    stage = Stage()
    app = stage.service.state.apps[stage.app_id]
    assert credential_of(app, "LINE") is None
    assert account_of(stage.service, app, "LINE", stage.now) is None
    app.credentials = [*app.credentials, Credential("KAKAOTALK", "kakaotalk_credentials", {})]
    assert credential_of(app, "KAKAOTALK") is not None
    assert account_of(stage.service, app, "KAKAOTALK", stage.now) is None
