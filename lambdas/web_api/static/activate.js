// Activates the account when a person clicks, and only then: mail scanners fetch the page, and some
// run its scripts.

const RESULTS = ["activated", "unknown-user", "already-activated", "wrong-token", "link-expired"];
const MAY_SIGN_IN = ["activated", "already-activated"];
const REQUEST_TIMEOUT = 30_000; // ms

const byId = (id) => document.getElementById(id);
const result = byId("activation-result");
const form = byId("activate-form");
const button = form.querySelector("button");

const text = (key) => byId("texts").content.querySelector(`[data-text="${key}"]`).textContent;

/** Ask the server; returns one of RESULTS, or undefined where it could not say. */
async function activate() {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    const { result: done, type = "" } = await answer.json();
    const code = answer.ok ? done : type.replace("/problems/", "");
    return RESULTS.find((known) => known === code);
  } catch {
    return undefined; // no network, or an answer that is not ours: the button stays
  }
}

function show(name) {
  const key = name.replaceAll("-", "_");
  const heading = byId("activation-heading");
  result.dataset.result = name;
  heading.textContent = text(`${key}_heading`);
  byId("activation-explanation").textContent = text(`${key}_explanation`);
  document.title = `${heading.textContent} – ${document.querySelector("h1").textContent}`;
  byId("go-to-sign-in").hidden = !MAY_SIGN_IN.includes(name);
  if (form.contains(document.activeElement)) heading.focus();
  form.hidden = true;
}

/** Activate, never twice at a time. */
async function activateOnce() {
  if (button.getAttribute("aria-disabled") === "true") return;
  byId("error").textContent = "";
  button.setAttribute("aria-disabled", "true");
  button.classList.add("busy");
  const name = await activate();
  button.removeAttribute("aria-disabled");
  button.classList.remove("busy");
  if (name) {
    show(name);
    forgetToken();
  } else {
    // The address keeps its token, so that a reload can try again.
    byId("error").textContent = text("failed");
  }
}

// Keeps the token out of the history and of screenshots. The username stays, so that a reload shows
// the account's state.
function forgetToken() {
  const address = new URL(location);
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  activateOnce();
});

if (result.dataset.result !== "ready") forgetToken();
