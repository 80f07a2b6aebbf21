"""terraform/bootstrap at the engine: what its roles may do, and which rights no run here uses."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_cloud.engine.process import Engine
from local_cloud.stack import FROM_ADDRESS, PROVIDER, PROVIDER_FILE
from tests.rights import Statement, statements_of
from tooling import environment, paths, provider, staging
from tooling.terraform import Terraform

STATE_BUCKET = "acme-terraform-state"
STATE_KEY = "user-onboarding/dev/terraform.tfstate"

# Rights that Terraform does not use at the local cloud, and why a deployment needs them on AWS.
_BY_REASON: Mapping[str, tuple[str, ...]] = {
    "tags: none are set here": (
        "apigateway:PUT",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
        "iam:TagRole",
        "iam:UntagRole",
        "lambda:TagResource",
        "lambda:UntagResource",
        "logs:TagResource",
        "logs:UntagResource",
        "s3:PutBucketTagging",
        "ses:TagResource",
        "ses:UntagResource",
        "sns:TagResource",
        "sns:UntagResource",
        "sqs:TagQueue",
        "sqs:UntagQueue",
        "ssm:AddTagsToResource",
        "ssm:RemoveTagsFromResource",
        "states:TagResource",
        "states:UntagResource",
    ),
    "changes what exists: nothing is changed here": (
        "apigateway:PATCH",
        "dynamodb:UpdateTable",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
        "lambda:UpdateEventSourceMapping",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "ses:PutConfigurationSetDeliveryOptions",
        "ses:PutConfigurationSetReputationOptions",
        "ses:PutConfigurationSetSuppressionOptions",
        "ses:UpdateConfigurationSetEventDestination",
        "sns:SetSubscriptionAttributes",
        "states:UpdateStateMachine",
    ),
    "mail.rate_per_second": ("lambda:DeleteFunctionConcurrency", "lambda:PutFunctionConcurrency"),
    "mail.from_subdomain": ("ses:PutEmailIdentityMailFromAttributes",),
    "uploads: no lifecycle rules here, as the engine applies none": (
        "s3:PutLifecycleConfiguration",
    ),
    "encryption: a key of yours": ("logs:AssociateKmsKey", "logs:DisassociateKmsKey"),
    "an upload that failed half-way": ("s3:AbortMultipartUpload",),
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html and others
    "AWS asks for it in requests that hand over a role": ("iam:PassRole",),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    "AWS asks for it in requests that set up access logs": (
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    ),
    "make preflight": (
        "lambda:GetAccountSettings",
        "lambda:GetFunctionConfiguration",
        "ses:GetAccount",
        "sqs:GetQueueUrl",
    ),
}
NOT_USED_HERE = {action: reason for reason, actions in _BY_REASON.items() for action in actions}


def apply_bootstrap(engine: Engine, folder: Path, *options: str) -> None:
    """Apply terraform/bootstrap, for the stack that the local cloud applies.

    Args:
        engine: Where to.
        folder: For the copy of the code.
        options: Further ones of `terraform apply`.
    """
    variables = {
        "environment": "dev",
        "from_address": FROM_ADDRESS,
        "github_repository": "acme/onboarding",
        "state_bucket_name": STATE_BUCKET,
        "state_key": STATE_KEY,
    }
    staging.stage(paths.TERRAFORM_SOURCE / "bootstrap", folder, variables)
    (folder / PROVIDER_FILE).write_text(PROVIDER, encoding="utf-8")
    provider.copy_lock(folder)
    terraform = Terraform(folder, settings(engine))
    terraform.run(["init", "-input=false", "-no-color"])
    terraform.run(["apply", "-auto-approve", "-input=false", "-no-color", *options])
    # A second plan is empty.
    terraform.run(["plan", "-detailed-exitcode", "-input=false", "-no-color", *options])


def settings(engine: Engine) -> dict[str, str]:
    """Terraform's environment: the engine in place of AWS."""
    own = environment.terraform_environment(os.environ, engine.state_dir)
    return {**own, "AWS_ENDPOINT_URL": engine.endpoint_url}


def rights_in(iam: Any, role: str, *, without: str = "") -> list[Statement]:  # noqa: ANN401 - a client made by name
    """What IAM allows a role, but for the managed policies with a word in their name."""
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        if not without or without not in policy["PolicyName"]:
            arn = policy["PolicyArn"]
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
            documents.append(found["Document"])
    return statements_of([json.loads(one) if isinstance(one, str) else one for one in documents])


# A root module with nothing but a state in S3.
_STATE_ONLY = """\
terraform {{
  backend "s3" {{
    bucket       = "{bucket}"
    key          = "{key}"
    region       = "{region}"
    use_lockfile = true

    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
    endpoints                   = {{ s3 = "{endpoint}" }}
  }}
}}

output "applied" {{
  value = true
}}
"""


def state_in_s3(engine: Engine, folder: Path) -> Terraform:
    """Terraform with its state where terraform/bootstrap expects the deployment's."""
    engine.client("s3").create_bucket(
        Bucket=STATE_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": environment.REGION},
    )
    folder.mkdir()
    text = _STATE_ONLY.format(
        bucket=STATE_BUCKET,
        key=STATE_KEY,
        region=environment.REGION,
        endpoint=engine.endpoint_url,
    )
    (folder / "main.tf").write_text(text, encoding="utf-8")
    return Terraform(folder, settings(engine))
