"""The function's environment."""

import pytest

SETTINGS = {
    "USER_PROFILE_TABLE_NAME": "onboarding-user-profile",
    "PROFILE_IMAGES_BUCKET_NAME": "onboarding-profile-images-123456789012",
    "THUMBNAIL_ENGINE": "pillow",
    "THUMBNAIL_FIT": "fit",
    "MAX_IMAGE_BYTES": "26214400",
    "MAX_DECODE_BYTES": "536870912",
    "THUMBNAIL_SIZES": "150,300",
}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The function's variables, set."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    return SETTINGS


@pytest.fixture
def no_known_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Powertools keeps clients and values of parameters for the whole process; not here."""
    monkeypatch.setattr("aws_lambda_powertools.utilities.parameters.ssm.DEFAULT_PROVIDERS", {})
