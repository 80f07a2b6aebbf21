"""`make demo`: shows mails and thumbnails, through the web API and without it, and cleans up."""

import shutil
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local_cloud import folders
from local_cloud.engine.mails import Mail
from local_cloud.engine.process import ENGINE_PYTHON, ENGINE_VERSION, Engine
from local_cloud.packages import build_for_this_machine
from local_cloud.stack import Stack
from local_cloud.story import scenario, web_story
from local_cloud.story.scenario import Thumbnail
from tooling import paths, prerequisites, processes
from tooling.errors import ToolingError
from tooling.progress import Progress
from tooling.web_client import WebClient


@dataclass(frozen=True)
class SentMail:
    """A mail that arrived, and how long after its user was written."""

    username: str
    mail: Mail
    seconds: float


@dataclass(frozen=True)
class SavedThumbnail:
    """A thumbnail that arrived, the file it was saved as, and how long after the upload."""

    original: str
    thumbnail: Thumbnail
    file: Path
    seconds: float


@dataclass(frozen=True)
class Story:
    """The results of one person's story at the web API."""

    sent: SentMail
    made: list[SavedThumbnail]


def run_demo() -> None:
    """Run the demo.

    Raises:
        ToolingError: another demo is running, something is missing, or a mail or a thumbnail did
            not arrive.
    """
    with processes.only_one(folders.DEMO / "demo.lock", "make demo"):
        _run_alone(Engine(folders.DEMO))


def _run_alone(engine: Engine) -> None:
    # The engine of a killed demo runs on for a moment.
    engine.check_folder_is_free()
    started = time.monotonic()
    progress = Progress()
    thumbnails = _fresh_folder(folders.DEMO / "thumbnails")
    with progress.step("Checking what is needed"):
        prerequisites.check(ENGINE_PYTHON, ENGINE_VERSION)
    with progress.step("Building the packages for this machine"):
        build_for_this_machine(folders.BUILD)
    try:
        with progress.step("Starting the local AWS engine"):
            engine.start()
        with progress.step("Applying Terraform to it"):
            outputs = Stack(
                engine, folders.DEMO / "terraform", folders.BUILD, report=progress.detail
            ).apply()
        stories = [
            _tell_story(progress, engine, outputs["web_api_url"], person, thumbnails)
            for person in web_story.PEOPLE
        ]
        sent = _show_activation(progress, engine, outputs)
        made = _show_pictures(progress, engine, outputs, thumbnails)
    finally:
        with progress.step("Stopping all of it"):
            engine.stop()
    _print_summary(stories, sent, made, time.monotonic() - started)


def _fresh_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _part(progress: Progress, engine: Engine, title: str) -> Iterator[None]:
    """A step whose error shows its title and the end of the engine's log."""
    with progress.step(title):
        try:
            yield
        except ToolingError as error:
            engine.check_alive()
            raise ToolingError(f"{title}: {error}\n{engine.describe_log()}") from error


def _tell_story(
    progress: Progress, engine: Engine, api_url: str, person: web_story.Person, folder: Path
) -> Story:
    client, username = WebClient(api_url), person.username
    with _part(progress, engine, f"{username} signs up, waiting for the mail"):
        started = time.monotonic()
        mail = web_story.sign_up(client, person, engine.mails)
        sent = SentMail(username, mail, time.monotonic() - started)
        link = client.find_link(mail["text"])
    with _part(
        progress,
        engine,
        f"{username} tries a wrong link and password, and to sign in",
    ):
        web_story.be_refused(client, person, link)
    with _part(progress, engine, f"{username} follows the mail's link with the password"):
        web_story.activate(client, person, link)
    with _part(progress, engine, f"{username} uploads a picture, waiting for the thumbnails"):
        started = time.monotonic()
        thumbnails = web_story.upload_picture(client, person, paths.SAMPLES)
        seconds = time.monotonic() - started
    suffix = Path(person.file_name).suffix
    made = [
        _save(person.file_name, thumbnail, folder / f"{username}-{size}{suffix}", seconds)
        for size, thumbnail in thumbnails.items()
    ]
    return Story(sent, made)


def _show_activation(progress: Progress, engine: Engine, outputs: dict[str, Any]) -> SentMail:
    clients = cache(engine.client)
    table = outputs["user_table_name"]
    new, active = scenario.NEW_USER, scenario.ACTIVE_USER
    with _part(progress, engine, f"Table: new user {new.username}, waiting for the mail"):
        started = time.monotonic()
        scenario.insert_user(clients, table, new)
        mail = scenario.wait_for_mail(engine.mails, new.email)
        sent = SentMail(new.username, mail, time.monotonic() - started)
    with _part(progress, engine, f"Table: new user {active.username}, active already: no mail"):
        scenario.insert_user(clients, table, active)
        status = scenario.wait_for_execution(clients, outputs["state_machine_arn"], active)
        if status != "SUCCEEDED":
            raise ToolingError(f"the execution ended as {status}")
        if scenario.mail_to(engine.mails(), active.email) is not None:
            raise ToolingError("a mail was sent even so")
    return sent


def _show_pictures(
    progress: Progress, engine: Engine, outputs: dict[str, Any], folder: Path
) -> list[SavedThumbnail]:
    clients = cache(engine.client)
    bucket = outputs["profile_images_bucket_name"]
    made: list[SavedThumbnail] = []
    for picture in scenario.PICTURES:
        title = f"Bucket: upload {picture.original_key}, waiting for the thumbnail"
        with _part(progress, engine, title):
            scenario.create_profile(clients, outputs["user_profile_table_name"], picture)
            started = time.monotonic()
            scenario.upload_picture(clients, bucket, paths.SAMPLES, picture)
            thumbnail = scenario.wait_for_thumbnail(clients, bucket, picture)
            seconds = time.monotonic() - started
        made.append(_save(picture.original_key, thumbnail, folder / picture.name, seconds))
    return made


def _save(original: str, thumbnail: Thumbnail, file: Path, seconds: float) -> SavedThumbnail:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(thumbnail.data)
    return SavedThumbnail(original, thumbnail, file, seconds)


def _print_summary(
    stories: list[Story], sent: SentMail, made: list[SavedThumbnail], total_seconds: float
) -> None:
    print("\nThrough the web API, as a browser does\n")
    for story in stories:
        print(_describe_story(story))
    print("Directly with the tables and the bucket, as your own application may do\n")
    print(f"  {sent.username}: mail {sent.seconds:.2f} s after the item was written")
    print(f"  {scenario.ACTIVE_USER.username}: no mail, active already")
    for thumbnail in made:
        print(f"  {_describe_thumbnail(thumbnail)}")
    print(
        f"\nAll of it ran from the sources and the Terraform code that are deployed to AWS."
        f" Total: {total_seconds:.0f} s"
    )


def _describe_story(story: Story) -> str:
    mail = story.sent.mail
    return (
        f"  {story.sent.username}: mail {story.sent.seconds:.2f} s after the sign-up\n"
        f"    from     {mail['sender']}\n"
        f"    to       {', '.join(mail['to'])}\n"
        f"    subject  {mail['subject']}\n"
        f"{textwrap.indent(mail['text'].strip(), '    | ', lambda _: True)}\n"
        "    Refused: to sign in before the activation, a link with a wrong token, and a wrong"
        " password.\n"
        "    Then activated by the link and the password, which signs in.\n"
        + "".join(f"    {_describe_thumbnail(made)}\n" for made in story.made)
    )


def _describe_thumbnail(made: SavedThumbnail) -> str:
    thumbnail = made.thumbnail
    return (
        f"{made.original}: thumbnail {made.seconds:.2f} s after the upload, "
        f"{thumbnail.image_format}, {thumbnail.width} x {thumbnail.height}, "
        f"{len(thumbnail.data):,} bytes\n"
        f"    {made.file.relative_to(paths.REPOSITORY)}"
    )
