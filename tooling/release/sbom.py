"""Lists the packages in a release's zips: a software bill of materials (CycloneDX)."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from packager.locks import Pin

PROJECT = "serverless-user-onboarding"


@dataclass(frozen=True)
class ReleasedZip:
    """A zip of a release: its file's name, its sha256, and the packages of its lock."""

    name: str
    sha256: str
    pins: Sequence[Pin]


def document(version: str, zips: Sequence[ReleasedZip]) -> str:
    """Return the document as JSON: the zips, and the packages in each of them.

    The same zips give the same text: it has no time, and its serial number is made of their hashes.
    """
    project = Component(
        name=PROJECT, version=version, type=ComponentType.APPLICATION, bom_ref=PROJECT
    )
    bom = Bom(serial_number=_serial_number(zips))
    bom.metadata.timestamp = None  # type: ignore[assignment] # its absence is allowed by the format
    bom.metadata.component = project
    packages = _packages(zips)
    files = [_file(released) for released in zips]
    bom.components.update(packages.values(), files)
    bom.register_dependency(project, files)
    for file, released in zip(files, zips, strict=True):
        bom.register_dependency(file, [packages[pin.name, pin.version] for pin in released.pins])
    return f"{JsonV1Dot6(bom).output_as_string(indent=2)}\n"


def _serial_number(zips: Iterable[ReleasedZip]) -> uuid.UUID:
    contents = "".join(f"{released.sha256}  {released.name}\n" for released in zips)
    return uuid.UUID(bytes=hashlib.sha256(contents.encode()).digest()[:16], version=4)


def _file(released: ReleasedZip) -> Component:
    return Component(
        name=released.name,
        type=ComponentType.FILE,
        bom_ref=released.name,
        hashes=_hashes([released.sha256]),
    )


def _packages(zips: Iterable[ReleasedZip]) -> Mapping[tuple[str, str], Component]:
    pins = {(pin.name, pin.version): pin for released in zips for pin in released.pins}
    return {key: _package(pin) for key, pin in sorted(pins.items())}


def _package(pin: Pin) -> Component:
    purl = PackageURL("pypi", name=pin.name, version=pin.version)
    # Not as the component's own hashes: those are of one file, and a lock allows several wheels.
    wheels = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(purl)),
        comment="SHA-256 of each file that the lock allows",
        hashes=_hashes(pin.hashes),
    )
    return Component(
        name=pin.name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        external_references=[wheels],
    )


def _hashes(digests: Iterable[str]) -> list[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests]
