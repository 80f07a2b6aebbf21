"""Runs a command in an environment made from an allowlist, so that no shell setting changes it.

Usage, also before the packages and a supported Python are there:

    python3 -I -S tooling/clean_environment.py setup|aws|local [NAME=value ...] [--] command ...

The syntax is Python 3.7's, so that an old Python reports that it is too old, not a SyntaxError.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# `*` at the end of a name stands for anything.
EVERYWHERE = (
    # The person, the terminal and the machine.
    *("HOME", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"),
    *("COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TERM"),
    # Some Pythons, such as a GitHub runner's, do not start without it.
    "LD_LIBRARY_PATH",
    # They choose the Python or terraform that a version manager's shim starts.
    *("ASDF_CONFIG_FILE", "ASDF_DATA_DIR", "ASDF_DIR", "MISE_CONFIG_DIR", "MISE_DATA_DIR"),
    *("PYENV_ROOT", "PYENV_VERSION", "TFENV_*"),
    # Folders outside the project.
    *("ONBOARDING_CACHE_DIR", "PLAYWRIGHT_BROWSERS_PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME"),
    # Read by this project: by its tests, its scans and `make forget`.
    *("CI", "FAULT_SEED", "HYPOTHESIS_PROFILE", "PLAYWRIGHT_CHROMIUM"),
    *("REQUIRE_ADVISORIES", "REQUIRE_TWO_PYTHONS", "SCREENSHOTS", "WHOM"),
)
NETWORK = (
    *("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"),
    *("all_proxy", "https_proxy", "http_proxy", "no_proxy"),
    *("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    # For programs that read a secret (a keyring, credential_process).
    *("DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "GPG_TTY", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR"),
    # Terraform's sources of providers.
    *("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "TF_REGISTRY_*", "TF_TOKEN_*"),
)
# pip's options for the source of packages, by their names in pip's files and variables. Others,
# such as `user`, `target` or `constraint`, change what is installed or where.
PIP_OPTIONS = (
    *("cache-dir", "cert", "client-cert", "default-timeout", "extra-index-url", "find-links"),
    *("index-url", "keyring-provider", "no-index", "proxy", "retries", "timeout", "trusted-host"),
)
INDEX = (
    *("PIP_" + option.upper().replace("-", "_") for option in PIP_OPTIONS),
    # The same for uv and npm, for the benchmarks.
    *("UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_URL"),
    *("NODE_EXTRA_CA_CERTS", "NPM_CONFIG_REGISTRY", "npm_config_registry"),
    "NETRC",
)
ACCOUNT = ("AWS_*", "TF_LOG", "TF_LOG_*", "TF_VAR_*")

KINDS = {
    # Environments and packages: they may need an index.
    "setup": (*EVERYWHERE, *NETWORK, *INDEX),
    # Commands that work on AWS.
    "aws": (*EVERYWHERE, *NETWORK, *ACCOUNT),
    # Commands that work on this machine.
    "local": EVERYWHERE,
}
# The same on every machine: UTF-8 without a language, and pip doesn't look for a newer pip.
FIXED = {"LANG": "C.UTF-8", "PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

# terraform fails, or warns at each command, if these name a missing file.
_MUST_EXIST = ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR")
# Later ones win in pip, too.
_PIP_SECTIONS = ("global", "download", "install")
# Those of macOS and of Linux: on the other system they don't exist.
_PIP_SYSTEM_FILES = ("/Library/Application Support/pip/pip.conf", "/etc/pip.conf")
_NOT_FOUND = 127


def kept(kind: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a kind of command may see, with the fixed ones."""
    allowed = frozenset(KINDS[kind])
    # The two halves of each pattern.
    patterns = [name.split("*") for name in allowed if "*" in name]
    found = {
        name: value
        for name, value in environment.items()
        if name in allowed
        or any(name.startswith(start) and name.endswith(end) for start, end in patterns)
    }
    found.update(FIXED)
    return found


def clean(kind: str, environment: Mapping[str, str]) -> dict[str, str]:
    """`kept`, with the options from pip's files for set-up, and without names of missing files."""
    found = kept(kind, environment)
    for name in _MUST_EXIST:
        if name in found and not os.path.exists(found[name]):  # noqa: PTH110 - pathlib takes 10 ms
            path = found.pop(name)
            if kind == "aws":
                _say(f"{name} is left out: there is no {path}")
    if kind == "setup":
        for name, value in _pip_settings(environment).items():
            found.setdefault(name, value)
        # pip reads no file then.
        found["PIP_CONFIG_FILE"] = os.devnull
    return found


def _pip_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The allowed options of pip's files, as variables."""
    import configparser  # noqa: PLC0415 - 10 ms that only one kind needs

    options: dict[str, dict[str, str]] = {section: {} for section in _PIP_SECTIONS}
    for path in _pip_files(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (OSError, UnicodeError, configparser.Error) as error:
            _say(f"pip's file {path} is left out: {' '.join(str(error).split())}")
            continue
        for section in _PIP_SECTIONS:
            if parser.has_section(section):
                options[section].update(parser.items(section))
    found: dict[str, str] = {}
    for section in _PIP_SECTIONS:
        for key, value in options[section].items():
            option = key.lower().replace("_", "-").lstrip("-")
            if option in PIP_OPTIONS and value.strip():
                found["PIP_" + option.upper().replace("-", "_")] = " ".join(value.split())
    return found


def _pip_files(environment: Mapping[str, str]) -> Iterator[str]:
    """The files that pip reads, the strongest last: https://pip.pypa.io/en/stable/topics/configuration/."""
    named = environment.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return
    home = environment.get("HOME", "")
    for folder in reversed((environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)):
        yield folder + "/pip/pip.conf"
    yield from _PIP_SYSTEM_FILES
    yield home + "/.pip/pip.conf"
    yield (environment.get("XDG_CONFIG_HOME") or home + "/.config") + "/pip/pip.conf"
    yield home + "/Library/Application Support/pip/pip.conf"
    if named:
        yield named


def main(arguments: Sequence[str]) -> int:
    """Become the command; return only if it can't be started."""
    kind, *rest = arguments
    own: dict[str, str] = {}
    while rest and "=" in rest[0]:
        name, _, value = rest.pop(0).partition("=")
        own[name] = value
    if rest and rest[0] == "--":
        del rest[0]
    environment = clean(kind, os.environ)
    environment.update(own)
    try:
        os.execvpe(rest[0], rest, environment)  # noqa: S606 - to become the command is the purpose
    except OSError as error:
        _say(f"{rest[0]}: {error.strerror}")
    return _NOT_FOUND


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
