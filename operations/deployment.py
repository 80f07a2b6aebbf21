"""Which deployment a command acts on: its names, and clients for it."""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud import folders, running
from local_cloud.engine import clients
from operations.environments import Environment, environment_of, refuse_other_environment
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tooling import environment, staging
from tooling.errors import ToolingError
from tooling.terraform import Terraform

Cloud = Literal["aws", "local"]

# Above the longest time-out that a function can have, 15 minutes: the command waits for its answer.
AWS_CLIENTS = Config(
    connect_timeout=5,
    read_timeout=910,
    tcp_keepalive=True,
    retries={"mode": "standard", "total_max_attempts": 4},
)


@dataclass(frozen=True)
class Deployment:
    """The stack that Terraform made, as far as a command needs to know it.

    Attributes:
        outputs: Terraform's outputs by name.
        region: The region that everything is in.
        endpoint_url: Where the local cloud answers; None for AWS itself.
        terraform: Terraform in the folder that has the deployment's state; None where a command
            needs none.
        variable_arguments: What `terraform plan` needs there to know the variables.
    """

    outputs: Mapping[str, Any] = field(repr=False)
    region: str
    endpoint_url: str | None = None
    terraform: Terraform | None = field(default=None, repr=False, compare=False)
    variable_arguments: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def __str__(self) -> str:
        if self.endpoint_url is not None:
            return f"the local cloud at {self.endpoint_url}"
        name = self.outputs.get("environment")
        named = f", environment {name}" if name else ""
        return f"AWS, account {self.account_id}, region {self.region}{named}"

    # The names of services are data, so the precise type of a client is the caller's to state.
    def client(self, service: str) -> Any:  # noqa: ANN401 - see above
        """A boto3 client: with the user's own AWS credentials, or nobody's on the local cloud."""
        if self.endpoint_url is not None:
            return clients.make(service, self.endpoint_url)
        return boto3.client(
            service,  # type: ignore[call-overload] # the overloads want literal names
            region_name=self.region,
            config=AWS_CLIENTS,
        )

    def output(self, name: str) -> Any:  # noqa: ANN401 - Terraform's outputs are of any type
        """One of Terraform's outputs.

        Raises:
            OperationsError: There is no output of this name.
        """
        if self.outputs.get(name) is None:
            raise OperationsError(
                f"the deployment has no output {name}: its pipeline is switched off, or it was "
                "applied before there was this output (`make plan` and `make apply` bring it)"
            )
        return self.outputs[name]

    @property
    def account_id(self) -> str:
        """The account that the deployment is in."""
        return str(self.output("account_id"))

    def prepare(self) -> None:
        """Make sure of whose credentials are used; before the first client is made.

        For the local cloud the shell's AWS settings are put aside: a profile in them would be
        looked for. For AWS the credentials must be of the deployment's account: queues of another
        one would look like missing ones.

        Raises:
            OperationsError: AWS takes no credentials from here, or they are of another account.
        """
        if self.endpoint_url is not None:
            environment.isolate_this_process()
            return
        refuse_other_account({self.account_id}, account_of(self.client("sts")))


def account_of(sts: Any) -> str:  # noqa: ANN401 - a client made by name
    """The account that the credentials are of.

    Raises:
        OperationsError: AWS takes no credentials from here.
    """
    try:
        return str(sts.get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        raise OperationsError(
            f"AWS takes no credentials from here ({error}): set AWS_PROFILE, or sign in"
        ) from error


def refuse_other_account(accounts: Collection[str], account: str) -> None:
    """Refuse credentials of another account than the deployment's.

    Args:
        accounts: Those that the deployment is in; none where that is not known.
        account: That of the credentials.

    Raises:
        OperationsError: They are of another.
    """
    if accounts and account not in accounts:
        raise OperationsError(
            f"the deployment is in account {', '.join(sorted(accounts))}, and the AWS credentials "
            f"are of account {account}: set AWS_PROFILE"
        )


def find(cloud: Cloud | None = None, environment_name: str | None = None) -> Deployment:
    """The deployment to act on.

    Args:
        cloud: "aws" for what `make apply` made in your account, "local" for what `make up` left
            running; None for the one of the two that there is.
        environment_name: What ENV says: an environment in your account.

    Raises:
        OperationsError: There is none, or there are both and nobody said which.
    """
    if environment_name is not None:
        return _named(cloud, environment_of(environment_name))
    if cloud == "local":
        return _required(_local(), "the local cloud is not up: `make up` starts it")
    if cloud == "aws":
        return _required(
            _aws(Environment()),
            "Terraform knows of no deployment here: `make plan` and `make apply` make one, "
            f"`{Environment().init_command}` finds one whose state is kept elsewhere",
        )
    try:
        local, aws = _local(), _aws(Environment())
    except OperationsError as error:
        raise OperationsError(f"{error}\nCLOUD=aws or CLOUD=local looks at one of them") from error
    if local is not None and aws is not None:
        raise OperationsError(
            "the local cloud is up, and there is a deployment on AWS: say CLOUD=aws or CLOUD=local"
        )
    return _required(
        local or aws,
        "there is nothing to act on: neither a deployment on AWS (`make plan`, `make apply`) "
        "nor a local cloud (`make up`)",
    )


def _required(found: Deployment | None, message: str) -> Deployment:
    if found is None:
        raise OperationsError(message)
    return found


def _local() -> Deployment | None:
    try:
        found = running.find(folders.UP)
    except ToolingError as error:
        raise OperationsError(str(error)) from error
    if found is None:
        return None
    settings = environment.terraform_environment(os.environ, folders.UP)
    # An example's own provider block names no endpoint.
    settings["AWS_ENDPOINT_URL"] = found.endpoint_url
    terraform = Terraform(staging.root_of(folders.UP / "terraform"), settings)
    return Deployment(found.outputs, environment.REGION, found.endpoint_url, terraform)


def _named(cloud: Cloud | None, named: Environment) -> Deployment:
    if cloud == "local":
        raise OperationsError(
            f"CLOUD=local is what `make up` started, and {named} is on AWS: leave out one of them "
            "(ENV= behind the command, where your shell sets it)"
        )
    return _required(
        _aws(named),
        f"Terraform knows of no deployment of {named}: `make plan{named.switch}` and "
        f"`make apply{named.switch}` make one, `{named.init_command}` finds one whose state is "
        "kept elsewhere",
    )


def _aws(of: Environment) -> Deployment | None:
    """What is in Terraform's state; None where there is none, or it is empty."""
    # Made by `terraform init`, without which terraform can't even say that there is nothing.
    if not of.data_dir.exists():
        return None
    outputs = outputs_of(of)
    if not outputs:
        return None
    refuse_other_environment(of, outputs)
    region = outputs.get("region")
    if not isinstance(region, str):
        raise OperationsError("terraform output: region: missing, or not a string")
    terraform = Terraform(of.source, of.process_environment(os.environ))
    return Deployment(
        outputs, region, terraform=terraform, variable_arguments=tuple(of.variable_arguments)
    )


def outputs_of(of: Environment) -> dict[str, Any]:
    """Terraform's outputs of an environment, by name."""
    return read_outputs(TerraformCommand(of).read(["output", "-json", "-no-color"]))


def read_outputs(text: str) -> dict[str, Any]:
    """Terraform's outputs by name, from what `terraform output -json` writes.

    Raises:
        OperationsError: It is something else.
    """
    try:
        return {name: output["value"] for name, output in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError, KeyError):
        raise OperationsError("terraform output -json wrote something unknown") from None
