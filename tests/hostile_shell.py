"""Variables of a shell, each with a value that would change or break a command."""

from pathlib import Path

_NOWHERE = "/nonexistent/of-a-hostile-shell"
_DEAD = "http://127.0.0.1:9"
DEAD_PROXIES = dict.fromkeys(
    ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy"), _DEAD
)
BEFORE_SETUP = {
    "PYTHONSAFEPATH": "1",
    "PYTHONPATH": "",
    "PYTHONHOME": _NOWHERE,
    "PYTHONSTARTUP": f"{_NOWHERE}.py",
    "PYTHONUTF8": "0",
    "LC_ALL": "C",
    "PIP_USER": "1",
    "PIP_TARGET": _NOWHERE,
    "PIP_PREFIX": _NOWHERE,
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_CONFIG_FILE": "",
    "UV_OFFLINE": "1",
    "UV_SYSTEM_PYTHON": "1",
    "UV_CONFIG_FILE": f"{_NOWHERE}.toml",
    "UV_TARGET": _NOWHERE,
    "TF_CLI_ARGS": "-input=false",
    "TF_CLI_ARGS_init": "-no-such-option",
    "TF_WORKSPACE": "elsewhere",
    "TF_DATA_DIR": _NOWHERE,
    "AWS_PROFILE": "no-such-profile",
    "AWS_ENDPOINT_URL": _DEAD,
    "GIT_DIR": _NOWHERE,
    "CDPATH": "",
    "BASH_ENV": "",
    "ENV": f"{_NOWHERE}.shrc",
}
EACH = (*BEFORE_SETUP, *DEAD_PROXIES)


def before_setup(folder: Path) -> dict[str, str]:
    """All of them except the proxies, which set-up needs; their paths are below `folder`."""
    modules = folder / "modules"
    modules.mkdir()
    for name in ("boto3", "ruff", "venv", "packager"):
        (modules / f"{name}.py").write_text(f"raise SystemExit('{name} of PYTHONPATH')\n", "utf-8")
    settings = folder / "pip.conf"
    settings.write_text("[global]\nuser = true\n", "utf-8")
    script = folder / "bash_env.sh"
    script.write_text("echo BASH_ENV was read >&2; exit 9\n", "utf-8")
    elsewhere = folder / "cdpath"
    for name in ("terraform", "tooling"):
        (elsewhere / name).mkdir(parents=True)
    return {
        **BEFORE_SETUP,
        "PYTHONPATH": str(modules),
        "PIP_CONFIG_FILE": str(settings),
        "BASH_ENV": str(script),
        "CDPATH": str(elsewhere),
    }


def everything(folder: Path) -> dict[str, str]:
    """All of them at once."""
    return {**before_setup(folder), **DEAD_PROXIES}
