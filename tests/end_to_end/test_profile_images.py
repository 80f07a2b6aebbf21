"""A picture is uploaded, and a thumbnail appears: the whole pipeline."""

import http.client
import io
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud

GPS = 0x8825
Samples = dict[str, bytes]


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures' brightness, 0 to 255."""
    small = (32, 32)
    pair = [image.convert("L").resize(small) for image in (one, other)]
    return ImageStat.Stat(ImageChops.difference(pair[0], pair[1])).mean[0]


@pytest.mark.parametrize(
    ("file_name", "image_format"),
    [("rocket.jpg", "JPEG"), ("cat.png", "PNG"), ("coffee.webp", "WEBP")],
)
def test_thumbnail_of_each_format(
    cloud: "Cloud", samples: Samples, profile_id: int, file_name: str, image_format: str
) -> None:
    name = f"{profile_id}/{file_name}"
    cloud.create_profile(profile_id, nickname="ada")
    cloud.upload(f"original/{name}", samples[file_name], user_profile_id=str(profile_id), album="7")

    thumbnail = cloud.wait_for_object(f"thumbnails/{name}")
    profile = cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    tags = cloud.s3.get_object_tagging(Bucket=cloud.bucket, Key=f"thumbnails/{name}")["TagSet"]

    assert thumbnail.image.format == image_format
    assert thumbnail.image.size == (150, 100)
    assert thumbnail.content_type == f"image/{image_format.lower()}"
    assert thumbnail.metadata == {"user-profile-id": str(profile_id), "album": "7"}
    assert tags == [{"Key": "Thumbnail", "Value": "true"}]
    assert profile["image"] == {"S": f"original/{name}"}
    assert profile["thumbnail"] == {"S": f"thumbnails/{name}"}
    assert profile["nickname"] == {"S": "ada"}
    assert difference(thumbnail.image, Image.open(io.BytesIO(samples[file_name]))) < 8


def test_metadata_beyond_ascii_comes_with_the_thumbnail(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    cloud.create_profile(profile_id)
    # Without an SDK, which refuses to send it, and so without a signature: S3 accepts it.
    connection = http.client.HTTPConnection(urlsplit(cloud.engine.endpoint_url).netloc)
    connection.putrequest("PUT", f"/{cloud.bucket}/original/{profile_id}.jpg")
    connection.putheader("Content-Length", str(len(samples["rocket.jpg"])))
    connection.putheader("x-amz-meta-user-profile-id", str(profile_id))
    connection.putheader("x-amz-meta-title", "Zoë".encode())
    connection.endheaders(samples["rocket.jpg"])
    with closing(connection):
        assert connection.getresponse().status == 200

    cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")

    original = cloud.object(f"original/{profile_id}.jpg")
    thumbnail = cloud.wait_for_object(f"thumbnails/{profile_id}.jpg")
    assert original is not None
    assert original.metadata["title"] == "=?UTF-8?B?Wm/Dg8Kr?="
    assert thumbnail.metadata == original.metadata


def test_picture_of_a_lying_camera_is_upright_and_tells_no_place(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    original = Image.open(io.BytesIO(samples["astronaut-rotated.jpg"]))
    assert original.getexif().get_ifd(GPS), "the sample should hold a position"
    cloud.create_profile(profile_id)
    cloud.upload(
        f"original/{profile_id}.jpg",
        samples["astronaut-rotated.jpg"],
        user_profile_id=str(profile_id),
    )

    image = cloud.wait_for_object(f"thumbnails/{profile_id}.jpg").image

    assert image.size in {(112, 150), (113, 150)}
    assert difference(image, ImageOps.exif_transpose(original)) < 8
    assert dict(image.getexif()) == {}


def test_paths_below_original_are_kept_apart(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    for number, file_name in enumerate(("rocket.jpg", "astronaut-rotated.jpg")):
        cloud.create_profile(profile_id + number)
        cloud.upload(
            f"original/{profile_id}/{number}/same name.jpg",
            samples[file_name],
            user_profile_id=str(profile_id + number),
        )

    landscape = cloud.wait_for_object(f"thumbnails/{profile_id}/0/same name.jpg").image
    portrait = cloud.wait_for_object(f"thumbnails/{profile_id}/1/same name.jpg").image

    assert landscape.width > landscape.height
    assert portrait.width < portrait.height


def test_key_with_characters_that_are_encoded(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    name = f"{profile_id}/my Kätzchen 1+1 100%.png"
    cloud.create_profile(profile_id)
    cloud.upload(f"original/{name}", samples["cat.png"], user_profile_id=str(profile_id))

    cloud.wait_for_object(f"thumbnails/{name}")

    profile = cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    assert profile["image"] == {"S": f"original/{name}"}


def test_thumbnail_starts_nothing(cloud: "Cloud", samples: Samples, profile_id: int) -> None:
    key = f"thumbnails/{profile_id}.jpg"
    cloud.create_profile(profile_id)
    cloud.upload(key, samples["rocket.jpg"], user_profile_id=str(profile_id))
    # A later upload that starts something: once it is done, the first one would be, too.
    cloud.create_profile(profile_id + 1)
    cloud.upload(
        f"original/{profile_id + 1}.jpg",
        samples["rocket.jpg"],
        user_profile_id=str(profile_id + 1),
    )
    cloud.wait_for_profile(profile_id + 1, "thumbnailStatus", "DONE")

    assert cloud.profile(profile_id) == {"id": {"N": str(profile_id)}}
    assert cloud.versions_of(key) == 1
    assert cloud.versions_of(f"thumbnails/{profile_id + 1}.jpg") == 1


def test_uploading_again_replaces_the_thumbnail(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    key = f"original/{profile_id}.jpg"
    cloud.create_profile(profile_id)
    cloud.upload(key, samples["rocket.jpg"], user_profile_id=str(profile_id))
    first = cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    cloud.upload(key, samples["astronaut-rotated.jpg"], user_profile_id=str(profile_id))

    cloud.wait_for_change(f"thumbnails/{profile_id}.jpg", versions=2)
    image = cloud.wait_for_object(f"thumbnails/{profile_id}.jpg").image

    assert image.width < image.height
    profile = cloud.profile(profile_id)
    assert profile is not None
    assert profile["imageSequencer"]["S"] > first["imageSequencer"]["S"]


def test_broken_picture_is_recorded_and_holds_up_nobody(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    cloud.create_profile(profile_id)
    cloud.create_profile(profile_id + 1)
    broken = samples["rocket.jpg"][: len(samples["rocket.jpg"]) // 2]
    cloud.upload(f"original/{profile_id}.jpg", broken, user_profile_id=str(profile_id))
    cloud.upload(
        f"original/{profile_id + 1}.jpg",
        samples["rocket.jpg"],
        user_profile_id=str(profile_id + 1),
    )

    failed = cloud.wait_for_profile(profile_id, "thumbnailStatus", "FAILED")
    cloud.wait_for_profile(profile_id + 1, "thumbnailStatus", "DONE")

    assert failed["thumbnailError"]["S"]
    assert failed["image"] == {"S": f"original/{profile_id}.jpg"}
    assert "thumbnail" not in failed
    assert cloud.object(f"thumbnails/{profile_id}.jpg") is None


def test_upload_without_a_profile_id_changes_nothing(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    cloud.create_profile(profile_id)
    cloud.upload(f"original/{profile_id}-anonymous.jpg", samples["rocket.jpg"])
    cloud.upload(
        f"original/{profile_id}.jpg", samples["rocket.jpg"], user_profile_id=str(profile_id)
    )

    profile = cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")

    assert profile["image"] == {"S": f"original/{profile_id}.jpg"}
    assert cloud.object(f"thumbnails/{profile_id}-anonymous.jpg") is None


def test_missing_profile_is_not_created_and_the_upload_is_kept_as_failed(
    cloud: "Cloud", samples: Samples, profile_id: int
) -> None:
    key = f"original/{profile_id}.jpg"
    cloud.upload(key, samples["rocket.jpg"], user_profile_id=str(profile_id))

    failure = cloud.wait_for_failure("set_profile_image", key)

    assert failure["responsePayload"]["errorType"] == "ProfileNotFoundError"
    assert cloud.profile(profile_id) is None
    assert cloud.object(f"thumbnails/{profile_id}.jpg") is None
