"""Helpers for the tests in a real browser: Chromium, a monitor of its pages, screenshots."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize

HOW_TO_INSTALL = (
    "the tests in a real browser need Chromium: install it (Debian: `apt-get install chromium`,"
    " elsewhere: `.venv/bin/playwright install chromium`) or let the variable PLAYWRIGHT_CHROMIUM"
    " name its program"
)
SCREENSHOTS = Path(__file__).resolve().parents[2] / ".local" / "screenshots"
DESKTOP: "ViewportSize" = {"width": 1000, "height": 760}
PHONE: "ViewportSize" = {"width": 360, "height": 740}
# Local functions start cold, on few cores.
PATIENCE_MS = 30_000

# Reports a page's violation of its policy to the tests, as an error of the page.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy broken: ${event.violatedDirective} by ${event.blockedURI}`);
});
"""


def find_chromium(own_copy: str) -> str:
    """The path of Chromium's program.

    Args:
        own_copy: where Playwright would have put a Chromium of its own.

    Raises:
        RuntimeError: it is missing; the message says how to install it.
    """
    named = os.environ.get("PLAYWRIGHT_CHROMIUM")
    candidates = [named] if named else ["chromium", "google-chrome", own_copy]
    for candidate in candidates:
        found = shutil.which(candidate)
        if found is not None:
            return found
    raise RuntimeError(f"no program: {', '.join(candidates)}; {HOW_TO_INSTALL}")


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A running Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(playwright.chromium.executable_path),
            # No proxy for pages of this machine, and no updates.
            args=["--no-proxy-server", "--disable-background-networking"],
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass  # without slots: Playwright notes something of its own on who listens
class Watch:
    """Notes the requests and the console output of a context's pages.

    Attributes:
        requests: how many were sent, by method and path.
        hosts: where they were sent to, with the port.
        complaints: the console's errors and the pages' exceptions, each with its source.
    """

    requests: Counter[str] = field(default_factory=Counter)
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def over(self, context: "BrowserContext") -> None:
        """Start to monitor a context, before it has pages."""
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("request", self._note_request)
        context.on(
            "console",
            lambda message: (
                self.complaints.append(f"{message.text} [{message.location['url']}]")
                if message.type in ("error", "warning")
                else None
            ),
        )
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _note_request(self, request: "Request") -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("blob", "data"):
            return
        self.hosts.add(parts.netloc)
        self.requests[f"{request.method} {parts.path}"] += 1


def take_screenshot(page: "Page", name: str) -> None:
    """Save a screenshot of a page, for CI's artifacts."""
    folder = Path(os.environ.get("SCREENSHOTS") or SCREENSHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True, animations="disabled")


def accessibility_violations(page: "Page") -> list[str]:
    """Axe's findings in a page's current state: each broken rule, and where."""
    page.evaluate(_axe())
    violations = page.evaluate(
        "() => axe.run({resultTypes: ['violations']}).then((results) => results.violations)"
    )
    return [
        f"{violation['id']} ({violation['help']}): {node['html']}"
        for violation in violations
        for node in violation["nodes"]
    ]


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
