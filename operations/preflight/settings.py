"""What the checks need to know of the variables, with the modules' defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# As in the variables.tf of the modules. tests/terraform/test_preflight.py compares what follows
# from them with Terraform's own plan.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "mail": {
        "create_identity": True,
        "identity_kind": "address",
        "sandbox_recipients": (),
        "state_machine_type": "STANDARD",
        "rate_per_second": None,
    },
    "thumbnails": {"engine": "pillow", "memory_size": 1024},
}
NAME_PREFIX, ENVIRONMENT = "onboarding", "dev"
# parallelization_factor of both streams.
LANES = 1
# Memory in MiB of the function with the most after create_thumbnail.
WEB_API_MEMORY = 1024


@dataclass(frozen=True)
class Settings:
    """The variables' values, each with its module's default."""

    values: Mapping[str, Any]

    @property
    def region(self) -> str:
        """The region of the deployment."""
        return str(self.values["region"])

    @property
    def environment(self) -> str:
        """The name of the deployment, such as "dev"."""
        return str(self.values["environment"] or ENVIRONMENT)

    @property
    def prefix(self) -> str:
        """The first part of every name."""
        return f"{self.values['name_prefix'] or NAME_PREFIX}-{self.environment}"

    @property
    def has_boundary(self) -> bool:
        """Whether the roles have a permissions boundary, as that of terraform/bootstrap."""
        return self.values["permissions_boundary"] is not None

    @property
    def endpoint_url(self) -> str | None:
        """A local cloud in place of AWS."""
        url: str | None = self.values["aws_endpoint_url"]
        return url

    @property
    def sends_mails(self) -> bool:
        """Whether the activation is deployed."""
        return bool(self.values["enable_user_activation"])

    @property
    def makes_thumbnails(self) -> bool:
        """Whether the pictures' pipeline is deployed."""
        return bool(self.values["enable_profile_images"])

    @property
    def has_page(self) -> bool:
        """Whether the page and its API are deployed."""
        return bool(self.values["enable_web_api"])

    @property
    def has_alarms(self) -> bool:
        """Whether alarms and their topic are deployed."""
        return bool(self.values["alarms"]["enabled"])

    @property
    def records_feedback(self) -> bool:
        """Whether bounces and complaints are recorded."""
        return self.sends_mails and bool(self.values["mail"]["create_configuration_set"])

    @property
    def from_address(self) -> str:
        """The sender of the mails."""
        return str(self.values["from_address"])

    @property
    def sender_domain(self) -> str:
        """The domain of the sender, as SES writes it."""
        return self.from_address.rpartition("@")[2].lower()

    @property
    def domain(self) -> Mapping[str, Any] | None:
        """The page's own host name: name, certificate_arn, hosted_zone_id."""
        found: Mapping[str, Any] | None = self.values["web_api"].get("domain")
        return found if self.has_page else None

    @property
    def has_public_addresses(self) -> bool:
        """Whether CloudFront serves the thumbnails."""
        return self.values["delivery"] is not None

    @property
    def picture_domain(self) -> Mapping[str, Any] | None:
        """The thumbnails' own host name, as `domain`."""
        found: Mapping[str, Any] | None = (self.values["delivery"] or {}).get("domain")
        return found

    @property
    def is_encrypted(self) -> bool:
        """Whether a key of the user's own encrypts everything."""
        return self.values["encryption"] is not None

    @property
    def key_arns(self) -> tuple[str, ...]:
        """The KMS key that encrypts everything, and those of before it."""
        encryption = self.values["encryption"]
        current = () if encryption is None else (str(encryption["kms_key_arn"]),)
        return (*current, *map(str, self.values["former_kms_key_arns"]))

    def mail(self, name: str) -> Any:  # noqa: ANN401 - attributes are of several types
        """An attribute of `mail`."""
        return self._attribute("mail", name)

    def thumbnails(self, name: str) -> Any:  # noqa: ANN401 - the variable's value
        """An attribute of `thumbnails`."""
        return self._attribute("thumbnails", name)

    def threshold(self, name: str) -> float | None:
        """A threshold of an alarm; None where the module's default counts."""
        thresholds = self.values["alarms"].get("thresholds") or {}
        found: float | None = thresholds.get(name)
        return found

    def lanes(self, stream: str) -> int:
        """How many batches of one shard of a stream are processed at once."""
        settings = self.values["streams"].get(stream) or {}
        return int(settings.get("parallelization_factor") or LANES)

    def _attribute(self, variable: str, name: str) -> Any:  # noqa: ANN401 - the variable's value
        found = self.values[variable].get(name)
        return DEFAULTS[variable][name] if found is None else found
