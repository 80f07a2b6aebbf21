// Times in the page's language.

/** "in 45 seconds", "in 12 minutes" or "in 24 hours". */
export function inTime(seconds) {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  if (seconds < 100) return format.format(Math.ceil(seconds), "second");
  if (seconds < 6_000) return format.format(Math.ceil(seconds / 60), "minute");
  return format.format(Math.ceil(seconds / 3_600), "hour");
}
