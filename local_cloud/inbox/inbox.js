// Keeps the list of mails up to date: requests the current page again, and copies its list.
"use strict";

const INTERVAL_MILLISECONDS = 1000;
let lastPage = null;

function showTimes() {
  for (const time of document.querySelectorAll("time")) {
    const sent = new Date(time.dateTime);
    time.textContent = sent.toLocaleTimeString();
    time.title = sent.toLocaleString();
  }
}

function takeOver(page) {
  if (page === lastPage) return;
  lastPage = page;
  const fresh = new DOMParser().parseFromString(page, "text/html");
  const list = document.getElementById("mails");
  const focused = list.contains(document.activeElement) ? document.activeElement.href : null;
  list.replaceChildren(...fresh.getElementById("mails").children);
  // Written only when it changes, as screen readers read it out.
  const state = document.getElementById("state");
  const count = fresh.getElementById("state").textContent;
  if (state.textContent !== count) state.textContent = count;
  // The note without an opened mail may have changed; a mail never does.
  if (document.querySelector("#opened > .note")) {
    document.getElementById("opened").replaceChildren(...fresh.getElementById("opened").children);
  }
  showTimes();
  for (const link of list.querySelectorAll("a.mail")) {
    if (link.href === focused) link.focus({ preventScroll: true });
  }
}

async function refresh() {
  try {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    if (answer.status === 503) throw new Error(await answer.text());
    takeOver(await answer.text());
  } catch {
    lastPage = null;
    document.getElementById("state").textContent = "The local cloud has ended.";
  }
}

async function keepUpToDate() {
  if (!document.hidden) await refresh();
  setTimeout(keepUpToDate, INTERVAL_MILLISECONDS);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
showTimes();
keepUpToDate();
