import re

from local_cloud.usage import describe_usage

OUTPUTS = {
    "user_table_name": "the-users",
    "user_profile_table_name": "the-profiles",
    "profile_images_bucket_name": "the-bucket",
    "web_api_url": "http://abc.execute-api.localhost:1",
}
ENDPOINT = "http://127.0.0.1:1"
INBOX = "http://127.0.0.1:2"


def test_program_names_what_was_deployed() -> None:
    usage = describe_usage(ENDPOINT, INBOX, OUTPUTS)

    program = re.search(r"<<'END'\n(.+?)\nEND\n", usage, re.DOTALL)
    assert program is not None
    compile(program.group(1), "printed", "exec")
    for name in ["the-users", "the-profiles", "the-bucket", f"{ENDPOINT}/"]:
        assert name in program.group(1)


def test_both_variants_upload_for_a_profile_that_they_create() -> None:
    usage = describe_usage(ENDPOINT, INBOX, OUTPUTS)

    assert '{"id":{"N":"1"}}' in usage
    assert "user-profile-id=1" in usage
    assert '{"id": 2}' in usage
    assert '"user-profile-id": "2"' in usage


def test_pages_come_first() -> None:
    page, mailbox, *_ = describe_usage(ENDPOINT, INBOX, OUTPUTS).splitlines()

    assert page.split() == ["Page", "http://abc.execute-api.localhost:1"]
    assert mailbox.split() == ["Mailbox", INBOX]


def test_page_that_is_switched_off_is_not_to_be_opened() -> None:
    usage = describe_usage(ENDPOINT, INBOX, {**OUTPUTS, "web_api_url": None})

    assert "not deployed" in usage.splitlines()[0]
    assert "Sign up on the page" not in usage


def test_pictures_alone_bring_no_commands_for_mails() -> None:
    usage = describe_usage(ENDPOINT, INBOX, {**OUTPUTS, "user_table_name": None})

    program = re.search(r"<<'END'\n(.+?)\nEND\n", usage, re.DOTALL)
    assert program is not None
    compile(program.group(1), "printed", "exec")
    assert "the-bucket" in usage
    assert "activationStatus" not in usage
    assert "None" not in usage


def test_mails_alone_bring_no_commands_for_pictures() -> None:
    usage = describe_usage(ENDPOINT, INBOX, {"user_table_name": "the-users"})

    assert "the-users" in usage
    assert "s3 cp" not in usage
    assert "thumbnails" not in usage
