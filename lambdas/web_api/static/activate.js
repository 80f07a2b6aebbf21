// Activates the account when a person clicks, and only then: mail scanners fetch the page, and some
// run its scripts.

import { inTime } from "./time.js";

const REQUEST_TIMEOUT = 30_000; // ms

// What the page shows in place of the forms. The rest is said beside them.
const RESULTS = [
  "activated",
  "refused",
  "unknown-user",
  "already-activated",
  "wrong-token",
  "link-expired",
  "account-disabled",
];

const byId = (id) => document.getElementById(id);
const result = byId("activation-result");
const forms = [...result.querySelectorAll("form")];
const buttons = forms.map((form) => form.querySelector("button"));

const text = (key) =>
  byId("texts").content.querySelector(`[data-text="${CSS.escape(key)}"]`)?.textContent ?? "";

// ---------------------------------------------------------------- the API

/** Send a form as JSON; returns what became of it, or code "failed" where the server could not say. */
async function send(form) {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    const { result: done, type = "", errors = [] } = await answer.json();
    // API Gateway's own responses, when it throttles, are not problem documents.
    const refusal = answer.status === 429 ? "too-many-attempts" : type.replace("/problems/", "");
    const retryAfter = Number.parseInt(answer.headers.get("Retry-After"), 10);
    return { code: answer.ok ? done : refusal, errors, retryAfter };
  } catch {
    return { code: "failed", errors: [] }; // no network, or an answer that is not ours
  }
}

// ---------------------------------------------------------------- what the page says

function show(name) {
  const key = name.replaceAll("-", "_");
  const heading = byId("activation-heading");
  const hadFocus = byId("activation-forms").contains(document.activeElement);
  result.dataset.result = name;
  heading.textContent = text(`${key}_heading`);
  byId("activation-explanation").textContent = text(`${key}_explanation`);
  document.title = `${heading.textContent} – ${document.querySelector("h1").textContent}`;
  byId("activation-forms").hidden = true;
  if (hadFocus) heading.focus();
}

function setFieldError(field, message) {
  byId(`${field.id}-error`).textContent = message;
  if (message) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** Say at the form's password what is wrong with it. */
function refusePassword(field, message) {
  setFieldError(field, message);
  field.focus();
}

// The address keeps its token after these, so that a reload can try again.
function complain(field, { code, errors, retryAfter }) {
  const [wrong] = errors;
  if (field && code === "wrong-credentials") refusePassword(field, text("wrong_credentials"));
  else if (field && wrong) refusePassword(field, textOf(field, wrong));
  else if (code === "too-many-attempts") {
    const when = retryAfter > 0 ? inTime(retryAfter) : text("later");
    sayError(text("too_many_attempts").replace("{when}", when));
  } else sayError(text("failed"));
}

/** Say it above all, and show it: on a phone, the forms are longer than the screen. */
function sayError(message) {
  byId("error").textContent = message;
  byId("error").scrollIntoView({ block: "nearest" });
}

const textOf = (field, { code = "", detail }) =>
  text(`password_${code.replaceAll("-", "_")}`) ||
  byId(`${field.id}-error`).dataset.invalid ||
  detail;

// ---------------------------------------------------------------- the forms

const isBusy = () => buttons.some((button) => button.getAttribute("aria-disabled") === "true");

function setBusy(button, isBusyNow) {
  for (const each of buttons) {
    if (isBusyNow) each.setAttribute("aria-disabled", "true");
    else each.removeAttribute("aria-disabled");
  }
  button.classList.toggle("busy", isBusyNow);
}

/** Send a form, never two at a time. */
async function submit(form) {
  const field = form.querySelector("input[type=password]:enabled");
  byId("error").textContent = "";
  if (field) {
    setFieldError(field, "");
    // As the API does before it counts the characters. Only where it differs: browsers check
    // `minlength` of what a person has typed, and not of what a script has set.
    const composed = field.value.normalize("NFC");
    if (composed !== field.value) field.value = composed;
    const invalid = byId(`${field.id}-error`).dataset.invalid;
    if (!field.validity.valid) return refusePassword(field, invalid);
  }
  const button = form.querySelector("button");
  setBusy(button, true);
  const outcome = await send(form);
  // With a password the person is signed in. The history keeps no address with the token.
  if (outcome.code === "activated" && field) return location.replace("/");
  setBusy(button, false);
  if (!RESULTS.includes(outcome.code)) return complain(field, outcome);
  show(outcome.code);
  forgetToken();
}

// Keeps the token out of the history and of screenshots.
function forgetToken() {
  const address = new URL(location);
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

for (const form of forms) {
  form.noValidate = true; // the page says itself what is wrong, in its language
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isBusy()) submit(form);
  });
}

if (byId("activation-forms").hidden) forgetToken();
