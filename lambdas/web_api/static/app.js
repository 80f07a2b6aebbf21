// The page's behaviour: its sections, the forms, the upload. Every text comes from index.html, which
// the server fills in the page's language. Data from outside becomes text or an attribute's value,
// never HTML.

import { inTime } from "./time.js";

const REQUEST_TIMEOUT = 30_000; // ms
const FIRST_POLL = 300; // ms
const SLOWEST_POLL = 2_000; // ms
const GIVE_UP_POLLING = 60_000; // ms

// How CreateThumbnail's reasons begin, and the page's texts for them.
const REASONS = new Map([
  ["not a JPEG", "reason_no_picture"],
  ["damaged picture", "reason_damaged"],
  ["a HEIC picture", "reason_heic"],
  ["too large", "reason_too_large"],
  ["too costly", "reason_too_costly"],
]);

const byId = (id) => document.getElementById(id);

// ---------------------------------------------------------------- texts

function text(key, values = {}) {
  const found = byId("texts").content.querySelector(`[data-text="${CSS.escape(key)}"]`);
  return found?.textContent.replace(/\{(\w+)\}/g, (_, name) => values[name]) ?? "";
}

// ---------------------------------------------------------------- the API

/** Why the API refused, or could not be asked. `code` is the last part of the RFC 9457 type. */
class Problem extends Error {
  constructor({ code, status = 0, detail = "", errors = [], retryAfter = NaN }) {
    super(detail || code);
    Object.assign(this, { code, status, detail, errors, retryAfter });
  }
}

/** Call the API; returns the parsed response, {} without a body; throws a Problem otherwise. */
async function request(method, path, { body, signal } = {}) {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT);
  let answer;
  let data;
  try {
    answer = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    data = await answer.text();
  } catch {
    signal?.throwIfAborted();
    throw new Problem({ code: "network" });
  }
  if (!answer.ok) throw problemOf(answer, parsed(data));
  return parsed(data);
}

function parsed(json) {
  try {
    return JSON.parse(json) ?? {};
  } catch {
    return {};
  }
}

// API Gateway's own responses, when it throttles or the function fails, are not problem documents.
function problemOf(answer, { type = "", title, detail, errors = [] }) {
  const code = type.match(/\/problems\/([a-z-]+)$/)?.[1];
  const codeByStatus = answer.status === 429 ? "too-many-attempts" : "unavailable";
  return new Problem({
    code: code ?? codeByStatus,
    status: answer.status,
    detail: detail ?? title,
    errors,
    retryAfter: Number.parseInt(answer.headers.get("Retry-After"), 10),
  });
}

function explain(problem) {
  const when = problem.retryAfter > 0 ? inTime(problem.retryAfter) : text("later");
  return (
    text(`problem_${problem.code.replaceAll("-", "_")}`, { when }) ||
    (problem.status < 500 && problem.detail) ||
    text("problem_unavailable")
  );
}

// ---------------------------------------------------------------- messages

function say(message) {
  byId("error").textContent = "";
  byId("message").textContent = message;
}

function complain(message) {
  byId("message").textContent = "";
  byId("error").textContent = message;
  byId("error").scrollIntoView({ block: "nearest" });
}

async function showProblem(problem, form) {
  if (problem.name === "AbortError") return; // the person has gone to another section
  if (!(problem instanceof Problem)) throw problem; // a mistake of ours: leave it to the console
  if (problem.code === "not-signed-in") return go("sign-in", explain(problem));
  if (!form || !markFields(form, problem)) complain(explain(problem));
}

// ---------------------------------------------------------------- sections

const sections = [...document.querySelectorAll("main > section")];

// Aborted when its section is left, with everything that still runs for that section.
let visit = new AbortController();

function sectionInAddress() {
  const name = location.hash.slice(1);
  return sections.some((section) => section.id === name) ? name : "";
}

async function go(name, notice = "") {
  if (sectionInAddress() !== name) history.pushState(null, "", `#${name}`);
  await enter({ notice });
}

/** Show the section in the address; without one, the session decides. */
async function enter({ notice = "", moveFocus = true } = {}) {
  visit.abort();
  visit = new AbortController();
  const { signal } = visit;
  const asked = sectionInAddress();
  let name = asked;
  let failure;
  if (asked === "" || asked === "profile") {
    try {
      showProfile(await request("GET", "/profile", { signal }));
      name = "profile";
    } catch (problem) {
      if (signal.aborted) return;
      if (!(problem instanceof Problem)) throw problem;
      name = asked === "" ? "sign-up" : "sign-in";
      if (problem.status !== 401) failure = problem;
      else if (asked === "profile") notice ||= explain(problem);
    }
    // After a failure the address stays, so that a reload tries again.
    if (!failure) history.replaceState(null, "", `#${name}`);
  }
  show(name, moveFocus);
  if (failure) complain(explain(failure));
  else say(notice);
}

function show(name, moveFocus) {
  for (const section of sections) section.hidden = section.id !== name;
  const heading = byId(`${name}-heading`);
  document.title = `${heading.textContent} – ${document.querySelector("h1").textContent}`;
  if (name === "mailbox") showMailbox();
  if (!moveFocus) return;
  window.scrollTo(0, 0);
  heading.focus();
}

// ---------------------------------------------------------------- forms

const isDisabled = (button) => button.getAttribute("aria-disabled") === "true";

/**
 * Run one action of a button; while it runs, further presses do nothing.
 *
 * aria-disabled and not disabled, which would take the focus from a keyboard's user.
 */
async function whileBusy(button, action, form) {
  button.setAttribute("aria-disabled", "true");
  button.classList.add("busy");
  try {
    await action();
  } catch (problem) {
    await showProblem(problem, form);
  } finally {
    button.removeAttribute("aria-disabled");
    button.classList.remove("busy");
  }
}

/** Check the form at each submit and pass its values to the action, one submit at a time. */
function onSubmit(form, action, afterwards = () => {}) {
  const button = form.querySelector("[type=submit]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isDisabled(button)) return;
    say("");
    hidePasswords(form);
    if (fieldsAreFine(form)) {
      const values = Object.fromEntries(new FormData(form));
      whileBusy(button, () => action(values), form).then(afterwards);
    }
  });
  form.addEventListener("input", ({ target }) => {
    if (target.name) setFieldError(target, "");
  });
}

// The form is "novalidate": the browser still checks the fields' attributes, but without its bubbles,
// which vanish, don't grow with the text and aren't in the page's language.
function fieldsAreFine(form) {
  const fields = [...form.elements].filter((field) => field.name);
  for (const field of fields) {
    tidy(field);
    setFieldError(field, field.validity.valid ? "" : complaintOf(field));
  }
  return focusFirst(fields.filter((field) => !field.validity.valid)) === undefined;
}

function tidy(field) {
  if (field.name === "username") field.value = asUsername(field.value);
  if (field.name === "name") field.value = field.value.trim();
  // As the API does before it counts the characters.
  if (field.name === "password") field.value = field.value.normalize("NFC");
}

// The mail shows a dot between word joiners, so that no program makes a link of the username.
const asUsername = (text) => text.replaceAll("\u2060", "").trim().toLowerCase();

const errorOf = (field) => byId(`${field.id}-error`);

function complaintOf(field) {
  if (field.validity.customError) return field.validationMessage;
  return reasonFor(field, { code: field.validity.valueMissing ? "missing" : "form" });
}

/** Why a field is refused, by the API's code where the page has a text for it, else by its rule. */
const reasonFor = (field, { code = "", detail = "" }) =>
  text(`${field.name}_${code.replaceAll("-", "_")}`) || errorOf(field).dataset.invalid || detail;

function setFieldError(field, message) {
  errorOf(field).textContent = message;
  if (message) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function focusFirst(fields) {
  const [first] = fields;
  first?.focus();
  return first;
}

/** Show the API's errors at their fields; false where one is about a field that isn't here. */
function markFields(form, problem) {
  const taken = problem.code === "username-taken";
  const errors = taken && !problem.errors.length ? [{ field: "username" }] : problem.errors;
  const marks = new Map(errors.map((error) => [form.elements.namedItem(error.field), error]));
  if (!marks.size || marks.has(null)) return false;
  for (const [field, error] of marks) {
    setFieldError(field, taken ? explain(problem) : reasonFor(field, error));
  }
  focusFirst([...form.elements].filter((field) => marks.has(field)));
  return true;
}

for (const choice of document.querySelectorAll("[data-shows]")) {
  choice.addEventListener("change", () => {
    byId(choice.dataset.shows).type = choice.checked ? "text" : "password";
  });
}

// A password submitted as plain text would become a browser's suggestion for text fields.
function hidePasswords(form) {
  for (const choice of form.querySelectorAll("[data-shows]")) {
    choice.checked = false;
    byId(choice.dataset.shows).type = "password";
  }
}

// ---------------------------------------------------------------- signing up, in and out

onSubmit(byId("sign-up-form"), async (values) => {
  const { username } = await request("POST", "/users", { body: values });
  byId("sign-up-form").reset();
  rememberMail(username);
  await go("mailbox", text("signed_up", { username }));
});

onSubmit(byId("sign-in-form"), async (values) => {
  try {
    await request("POST", "/sign-in", { body: values });
  } catch (problem) {
    if (problem.code === "not-activated") rememberUsername(values.username);
    throw problem;
  }
  byId("sign-in-form").reset();
  await go("profile");
});

function onSignOut(button, path, notice) {
  button.addEventListener("click", () => {
    if (isDisabled(button)) return;
    whileBusy(button, async () => {
      await request("POST", path, { body: {} });
      forgetProfile();
      await go("sign-in", text(notice));
    });
  });
}

// The second click of a double click is not meant for the link that has just come to its place.
document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest("a")) event.preventDefault();
});

onSignOut(byId("sign-out"), "/sign-out", "signed_out");
onSignOut(byId("sign-out-everywhere"), "/sign-out-everywhere", "signed_out_everywhere");

// ---------------------------------------------------------------- the mailbox

// Who waits for a mail, and when the next may be requested (ms since 1970). In this tab only.
let mail = { username: "", nextAt: 0 };

try {
  mail = { ...mail, ...parsed(sessionStorage.getItem("mail")) };
} catch {
  // Storage is switched off: the variable is enough.
}

function keepMail(changed) {
  mail = changed;
  byId("resend-username").value = mail.username;
  try {
    sessionStorage.setItem("mail", JSON.stringify(mail));
  } catch {
    // As above.
  }
}

function rememberUsername(username) {
  if (username !== mail.username) keepMail({ username, nextAt: 0 });
}

function rememberMail(username) {
  // One more second: the server counts in whole ones, and silently ignores early requests.
  const coolDown = Number(byId("resend-form").dataset.coolDownSeconds) + 1;
  keepMail({ username, nextAt: Date.now() + coolDown * 1000 });
}

function showMailbox() {
  byId("resend-username").value ||= mail.username;
  showCoolDown();
}

/** Show how long until the next mail may be requested; each user has a count. */
function showCoolDown() {
  const button = byId("resend");
  const isWaiting = byId("resend-username").value.trim().toLowerCase() === mail.username;
  const wait = isWaiting ? mail.nextAt - Date.now() : 0;
  const when = inTime(Math.max(1, Math.floor(wait / 1000)));
  byId("resend-wait").textContent = wait > 0 ? text("resend_wait", { when }) : "";
  if (wait > 0) button.setAttribute("aria-disabled", "true");
  else if (!button.classList.contains("busy")) button.removeAttribute("aria-disabled");
}

async function resend({ username }) {
  await request("POST", `/users/${encodeURIComponent(username)}/activation-mail`, { body: {} });
  rememberMail(username);
  say(text("resent", { username }));
}

onSubmit(byId("resend-form"), resend, showCoolDown);

byId("resend-username").addEventListener("input", showCoolDown);
setInterval(() => {
  if (!byId("mailbox").hidden) showCoolDown();
}, 250);

// ---------------------------------------------------------------- the profile

const thumbnail = byId("thumbnail");
const CSS_PIXELS = 150; // of its width and height

// Aborted by the next upload: nobody waits for the former picture any more.
let watch = new AbortController();

function showProfile({ name, image }) {
  byId("greeting").textContent = text("greeting", { name });
  byId("placeholder").textContent = [...name][0]?.toUpperCase() ?? "";
  showImage(image);
  if (image.state === "processing") watchThumbnail(image.key);
}

function showImage({ state, thumbnailUrl, thumbnails = [], reason }) {
  const isReady = state === "ready";
  thumbnail.hidden = !isReady;
  if (isReady) {
    // In front of src: the browser chooses once both are set.
    thumbnail.srcset = thumbnails
      .filter(({ size }) => size >= CSS_PIXELS)
      .map(({ size, url }) => `${url} ${size / CSS_PIXELS}x`)
      .join(", ");
    thumbnail.src = thumbnailUrl;
  } else {
    thumbnail.removeAttribute("srcset");
    thumbnail.removeAttribute("src");
  }
  byId("placeholder").classList.toggle("working", state === "processing");
  byId("thumbnail-state").classList.toggle("failed", state === "failed");
  byId("thumbnail-state").textContent = text(`thumbnail_${state}`, {
    reason: state === "failed" ? inOwnWords(reason) : "",
  });
}

function inOwnWords(reason = "") {
  for (const [beginning, key] of REASONS) {
    if (reason.startsWith(beginning)) return text(key);
  }
  return reason || text("reason_unknown");
}

function forgetProfile() {
  resetUpload();
  showImage({ state: "none" });
  byId("greeting").textContent = "";
  byId("placeholder").textContent = "";
}

thumbnail.addEventListener("error", () => {
  if (!thumbnail.hasAttribute("src")) return;
  thumbnail.hidden = true;
  byId("thumbnail-state").textContent = text("thumbnail_not_loaded");
});

/** Ask, less and less often, until the API knows the state of the picture with this key. */
async function watchThumbnail(key) {
  watch.abort();
  watch = new AbortController();
  const signal = AbortSignal.any([visit.signal, watch.signal]);
  const end = Date.now() + GIVE_UP_POLLING;
  for (let pause = FIRST_POLL; Date.now() < end; pause = Math.min(pause * 1.5, SLOWEST_POLL)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal.aborted) return;
    const image = await imageNow(signal);
    if (signal.aborted) return;
    // The API may still report the former picture.
    if (image?.key === key && image.state !== "processing") return showImage(image);
  }
  byId("placeholder").classList.remove("working");
  byId("thumbnail-state").textContent = text("thumbnail_slow");
}

/** The profile's image; undefined where the API could not say, and the next round asks again. */
async function imageNow(signal) {
  try {
    return (await request("GET", "/profile", { signal })).image;
  } catch (problem) {
    if (problem.code === "not-signed-in") await showProblem(problem);
    return undefined;
  }
}

// ---------------------------------------------------------------- the upload

const picture = byId("upload-picture");
const preview = byId("preview");
const dropZone = byId("drop-zone");

picture.addEventListener("change", () => {
  const [file] = picture.files;
  const objection = file ? objectionTo(file) : "";
  say("");
  refusePicture(objection);
  showPreview(objection ? undefined : file);
});

function objectionTo(file) {
  if (!picture.accept.split(",").includes(file.type)) return text("picture_wrong_type");
  if (file.size === 0) return text("picture_empty");
  const maxBytes = Number(byId("upload-form").dataset.maxBytes);
  return file.size > maxBytes ? tooLarge(maxBytes) : "";
}

/** The text for a picture above the limit: in MiB, with at most one decimal. */
function tooLarge(maxBytes) {
  const limit = Math.floor((maxBytes / 2 ** 20) * 10) / 10;
  return text("picture_too_large", { limit: limit.toLocaleString(document.documentElement.lang) });
}

function refusePicture(objection) {
  picture.setCustomValidity(objection);
  setFieldError(picture, objection);
}

function showPreview(file) {
  URL.revokeObjectURL(preview.src);
  preview.hidden = true;
  preview.removeAttribute("src");
  if (file) preview.src = URL.createObjectURL(file);
}

// A file that isn't an image has no preview; the server then says what is wrong with it.
preview.addEventListener("load", () => {
  preview.hidden = false;
});

function resetUpload() {
  byId("upload-form").reset();
  refusePicture("");
  showPreview();
}

// A picture that is dropped beside the zone would replace the page.
for (const type of ["dragover", "drop"]) {
  document.addEventListener(type, (event) => event.preventDefault());
}

dropZone.addEventListener("dragover", () => dropZone.classList.add("dragged-over"));
dropZone.addEventListener("dragleave", ({ relatedTarget }) => {
  if (!dropZone.contains(relatedTarget)) dropZone.classList.remove("dragged-over");
});
dropZone.addEventListener("drop", ({ dataTransfer }) => {
  dropZone.classList.remove("dragged-over");
  if (!dataTransfer.files.length) return;
  const one = new DataTransfer();
  one.items.add(dataTransfer.files[0]);
  picture.files = one.files;
  picture.dispatchEvent(new Event("change"));
});

onSubmit(byId("upload-form"), async () => {
  const { signal } = visit;
  const [file] = picture.files;
  const upload = await permissionFor(file, signal);
  await send(file, upload, signal);
  if (picture.files[0] === file) resetUpload();
  showImage({ state: "processing" });
  watchThumbnail(upload.key); // not awaited: the next picture may be chosen meanwhile
});

/** Permission for one upload of this file. It has to begin within a minute. */
async function permissionFor(file, signal) {
  const body = { contentType: file.type, bytes: file.size };
  try {
    return await request("POST", "/profile/image", { body, signal });
  } catch (problem) {
    // The gateway's own 429 has no Retry-After, and is not about pictures.
    const isOurs = problem.code === "too-many-attempts" && problem.retryAfter > 0;
    if (isOurs) problem.code = "too-many-uploads";
    throw problem;
  }
}

/** Send the file to the bucket and report the progress. */
async function send(file, upload, signal) {
  const row = byId("upload-progress");
  byId("progress").value = 0;
  row.hidden = false;
  try {
    await put(file, upload, signal, (part) => {
      byId("progress").value = part * 100;
    });
  } finally {
    row.hidden = true;
  }
}

// XMLHttpRequest, as fetch doesn't report how much it has sent. The browser sets Content-Length,
// which is signed, too.
function put(file, { url, method, headers }, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest();
    upload.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    upload.addEventListener("load", () => {
      const problem = problemOfUpload(upload.status);
      if (problem) reject(problem);
      else resolve();
    });
    upload.addEventListener("error", () => reject(new Problem({ code: "network" })));
    upload.addEventListener("abort", () => reject(signal.reason));
    signal.addEventListener("abort", () => upload.abort(), { once: true });
    upload.open(method, url);
    for (const [name, value] of Object.entries(headers)) upload.setRequestHeader(name, value);
    upload.send(file);
  });
}

/** Why the bucket refused an upload; undefined where the picture is there. */
function problemOfUpload(status) {
  // 412: there is a picture under the key, which nobody else has. So this is the browser's second
  // try, after the answer to the first was lost.
  if ((status >= 200 && status < 300) || status === 412) return undefined;
  return new Problem({ code: status === 403 ? "upload-expired" : "upload-refused", status });
}

// ---------------------------------------------------------------- start

window.addEventListener("hashchange", () => enter());
// A page from the browser's back/forward cache may show somebody who has signed out since.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) enter({ moveFocus: false });
});
enter({ moveFocus: false });
