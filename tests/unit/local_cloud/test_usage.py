import re

from local_cloud.usage import describe_usage

OUTPUTS = {
    "user_table_name": "the-users",
    "user_profile_table_name": "the-profiles",
    "profile_images_bucket_name": "the-bucket",
}


def test_program_names_what_was_deployed() -> None:
    usage = describe_usage("http://127.0.0.1:1", OUTPUTS)

    program = re.search(r"<<'END'\n(.+?)\nEND\n", usage, re.DOTALL)
    assert program is not None
    compile(program.group(1), "printed", "exec")
    for name in [*OUTPUTS.values(), "http://127.0.0.1:1/"]:
        assert name in program.group(1)


def test_both_variants_upload_for_a_profile_that_they_create() -> None:
    usage = describe_usage("http://127.0.0.1:1", OUTPUTS)

    assert '{"id":{"N":"1"}}' in usage
    assert "user-profile-id=1" in usage
    assert '{"id": 2}' in usage
    assert '"user-profile-id": "2"' in usage
