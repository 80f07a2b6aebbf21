"""`make demo`: both pipelines, from the packages to a mail and a thumbnail; nothing stays."""

import shutil
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local_cloud import paths, prerequisites, processes, scenario
from local_cloud.deployment import Deployment
from local_cloud.engine import ENGINE_VERSION, Engine
from local_cloud.errors import LocalCloudError
from local_cloud.mails import Mail
from local_cloud.packages import build_for_this_machine
from local_cloud.progress import Progress
from local_cloud.scenario import Picture, Thumbnail


@dataclass(frozen=True)
class SentMail:
    """A mail that arrived, and how long after its user was written."""

    mail: Mail
    seconds: float


@dataclass(frozen=True)
class MadeThumbnail:
    """A thumbnail that arrived, the file it was saved as, and how long after the upload."""

    picture: Picture
    thumbnail: Thumbnail
    file: Path
    seconds: float


def run_demo() -> None:
    """Run the demo.

    Raises:
        LocalCloudError: another demo runs, something is missing, or a mail or a thumbnail did not
            come.
    """
    with processes.only_one(paths.DEMO / "demo.lock", "make demo"):
        _run_alone(Engine(paths.DEMO))


def _run_alone(engine: Engine) -> None:
    # A demo that was killed leaves its engine behind for a moment.
    engine.check_folder_is_free()
    started = time.monotonic()
    progress = Progress()
    thumbnails = _fresh_folder(paths.DEMO / "thumbnails")
    with progress.step("Checking what is needed"):
        prerequisites.check(paths.ENGINE_PYTHON, ENGINE_VERSION)
    with progress.step("Building the packages for this machine"):
        build_for_this_machine(paths.BUILD)
    try:
        with progress.step("Starting the local AWS engine"):
            engine.start()
        with progress.step("Applying Terraform to it"):
            outputs = Deployment(
                engine, paths.DEMO / "terraform", paths.BUILD, report=progress.detail
            ).apply()
        mails = _show_activation(progress, engine, outputs)
        pictures = _show_pictures(progress, engine, outputs, thumbnails)
    finally:
        with progress.step("Stopping all of it"):
            engine.stop()
    _print_summary(mails, pictures, time.monotonic() - started)


def _fresh_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _part(progress: Progress, engine: Engine, title: str) -> Iterator[None]:
    """A step that names itself, and the engine's log, when what it waits for does not come."""
    with progress.step(title):
        try:
            yield
        except LocalCloudError as error:
            engine.check_alive()
            raise LocalCloudError(f"{title}: {error}\n{engine.describe_log()}") from error


def _show_activation(progress: Progress, engine: Engine, outputs: dict[str, Any]) -> list[SentMail]:
    clients = cache(engine.client)
    table = outputs["user_table_name"]
    sent: list[SentMail] = []
    for user in scenario.NEW_USERS:
        with _part(progress, engine, f"New user {user.username}, waiting for the mail"):
            started = time.monotonic()
            scenario.insert_user(clients, table, user)
            mail = scenario.wait_for_mail(engine.mails, user)
            sent.append(SentMail(mail, time.monotonic() - started))
    active = scenario.ACTIVE_USER
    with _part(progress, engine, f"New user {active.username}, active already: gets no mail"):
        scenario.insert_user(clients, table, active)
        status = scenario.wait_for_execution(clients, outputs["state_machine_arn"], active)
        if status != "SUCCEEDED":
            raise LocalCloudError(f"the execution ended as {status}")
        if scenario.mail_to(engine.mails(), active) is not None:
            raise LocalCloudError("a mail was sent even so")
    return sent


def _show_pictures(
    progress: Progress, engine: Engine, outputs: dict[str, Any], folder: Path
) -> list[MadeThumbnail]:
    clients = cache(engine.client)
    bucket = outputs["profile_images_bucket_name"]
    made: list[MadeThumbnail] = []
    for picture in scenario.PICTURES:
        title = f"Upload {picture.original_key}, waiting for the thumbnail"
        with _part(progress, engine, title):
            scenario.create_profile(clients, outputs["user_profile_table_name"], picture)
            started = time.monotonic()
            scenario.upload_picture(clients, bucket, paths.SAMPLES, picture)
            thumbnail = scenario.wait_for_thumbnail(clients, bucket, picture)
            seconds = time.monotonic() - started
        file = folder / picture.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(thumbnail.data)
        made.append(MadeThumbnail(picture, thumbnail, file, seconds))
    return made


def _print_summary(
    mails: list[SentMail], pictures: list[MadeThumbnail], total_seconds: float
) -> None:
    print("\nWhat happened\n")
    for sent in mails:
        print(_describe_mail(sent))
    print(f"  No mail for {scenario.ACTIVE_USER.username}, who is active already.\n")
    for made in pictures:
        print(_describe_thumbnail(made))
    print(
        f"\nBoth pipelines ran, from the sources and the Terraform code that go to AWS."
        f" Total: {total_seconds:.0f} s"
    )


def _describe_mail(sent: SentMail) -> str:
    mail = sent.mail
    return (
        f"  Mail {sent.seconds:.2f} s after the user was written\n"
        f"    from     {mail['sender']}\n"
        f"    to       {', '.join(mail['to'])}\n"
        f"    subject  {mail['subject']}\n"
        f"{textwrap.indent(mail['text'].strip(), '    | ')}\n"
    )


def _describe_thumbnail(made: MadeThumbnail) -> str:
    thumbnail = made.thumbnail
    return (
        f"  Thumbnail {made.seconds:.2f} s after the upload of {made.picture.original_key}\n"
        f"    {made.file.relative_to(paths.REPOSITORY)}: {thumbnail.image_format}, "
        f"{thumbnail.width} x {thumbnail.height}, {len(thumbnail.data):,} bytes"
    )
