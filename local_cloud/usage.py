"""The text that `make up` prints: the addresses, and commands to paste that run both pipelines."""

from typing import Any

from local_cloud import folders
from local_cloud.engine.mails import MAILS_PATH
from tooling import environment, paths

# A proxy can't reach this machine's addresses. Both spellings, as some programs read only one.
_NO_PROXY = """\
  export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
  export no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"\
"""
# These would lead to an account, override the endpoint above, or give Python other modules.
_NOTHING_ELSE = """\
  unset $(env | grep -o '^AWS_ENDPOINT_URL_[A-Z0-9_]*') AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
  unset AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT PYTHONHOME PYTHONPATH
  unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_CA_BUNDLE\
"""
_STORY = "Sign up on the page, then follow the link in the mailbox.\n\n"
_ACTIVATION = """\
Without the page, as your own application does: write a user, then read the mails (the first one
takes some seconds):

  aws dynamodb put-item --table-name {users} --item \
'{{"username":{{"S":"alan"}},"name":{{"S":"Alan"}},"email":{{"S":"alan@example.com"}},\
"activationStatus":{{"S":"NONE"}},"activationUrlBase":{{"S":"https://shop.example.com/activate"}}}}'
  curl -s {mails}

"""
_PICTURES = """\
Create a profile, upload its picture, fetch the thumbnail:

  aws dynamodb put-item --table-name {profiles} --item '{{"id":{{"N":"1"}}}}'
  aws s3 cp {sample} s3://{bucket}/original/alan.jpg --metadata user-profile-id=1
  aws s3api wait object-exists --bucket {bucket} --key thumbnails/alan.jpg
  aws s3 cp s3://{bucket}/thumbnails/alan.jpg .local/alan.jpg

"""
_ACTIVATION_IN_PYTHON = """
dynamodb.Table("{users}").put_item(Item={{
    "username": "bob", "name": "Bob", "email": "bob@example.com",
    "activationStatus": "NONE", "activationUrlBase": "https://shop.example.com/activate"}})
mails = ""
while "bob@example.com" not in mails:
    time.sleep(0.5)
    mails = urllib.request.urlopen("{mails}").read().decode()
print(mails)
"""
_PICTURES_IN_PYTHON = """
bucket = "{bucket}"
dynamodb.Table("{profiles}").put_item(Item={{"id": 2}})
s3.upload_file("{sample}", bucket, "original/bob.jpg",
               ExtraArgs={{"Metadata": {{"user-profile-id": "2"}}}})
s3.get_waiter("object_exists").wait(Bucket=bucket, Key="thumbnails/bob.jpg")
s3.download_file(bucket, "thumbnails/bob.jpg", ".local/bob.jpg")
"""


def describe_usage(endpoint_url: str, inbox_url: str, outputs: dict[str, Any]) -> str:
    """The addresses of a running local cloud, and commands for it: AWS CLI and Python.

    What is not deployed has no output, or null: no command is for it.
    """
    page = outputs.get("web_api_url")
    log = (folders.UP / "engine.log").relative_to(paths.REPOSITORY)
    shell, python = _commands(f"{endpoint_url}{MAILS_PATH}", outputs)
    # The Python program is not indented, so that it can be pasted.
    return f"""\
  Page      {page or "(not deployed)"}
  Mailbox   {inbox_url}
  Endpoint  {endpoint_url}
  Log       {log}

{_STORY if page else ""}In a shell, so that the AWS CLI (version 2) and every SDK use it and \
no account:

  export AWS_ENDPOINT_URL={endpoint_url}
  export AWS_ACCESS_KEY_ID={environment.ACCESS_KEY_ID} \
AWS_SECRET_ACCESS_KEY={environment.SECRET_ACCESS_KEY}
  export AWS_REGION={environment.REGION} AWS_DEFAULT_REGION={environment.REGION}
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
{_NO_PROXY}
{_NOTHING_ELSE}

{shell}Without the AWS CLI, the same in Python:

.venv/bin/python - <<'END'
import time, urllib.request, boto3
dynamodb, s3 = boto3.resource("dynamodb"), boto3.client("s3")
{python}END

End it with: make down"""


def _commands(mails: str, outputs: dict[str, Any]) -> tuple[str, str]:
    """What runs each deployed pipeline: for a shell, and as lines of a Python program."""
    shell = python = ""
    if users := outputs.get("user_table_name"):
        shell += _ACTIVATION.format(users=users, mails=mails)
        python += _ACTIVATION_IN_PYTHON.format(users=users, mails=mails)
    if profiles := outputs.get("user_profile_table_name"):
        bucket = outputs["profile_images_bucket_name"]
        sample = paths.SAMPLES.relative_to(paths.REPOSITORY) / "rocket.jpg"
        shell += _PICTURES.format(profiles=profiles, bucket=bucket, sample=sample)
        python += _PICTURES_IN_PYTHON.format(profiles=profiles, bucket=bucket, sample=sample)
    return shell, python
