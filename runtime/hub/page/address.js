// The address of what the page shows: `#/VIEW/ID?FILTERS`. All that a colleague must see, too, is in
// it. It is behind the `#`, so no server and no log has it.

/** The address now: `{view, id, filters}`. */
export function read() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, ...rest] = path.split("/");
  return { view: view || "runs", id: rest.length ? decoded(rest.join("/")) : null, filters: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // The address has a typing mistake.
  }
}

/** The address of a view, as a link has it. Filters without a value are left out. */
export function link(view, id = null, filters = {}) {
  const chosen = Object.entries(filters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(chosen).toString();
  return `#/${view}${id === null ? "" : `/${encodeURIComponent(id)}`}${query ? `?${query}` : ""}`;
}

/** Goes there. `isSmall` changes do not become a step of the browser's history. */
export function go(address, isSmall = false) {
  if (address === location.hash) return;
  if (isSmall) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new Event("addresschange"));
}

/** The code in the address, which is removed from it; null if there is none. */
export function takeCode() {
  const code = /^#code=([0-9a-f]+)$/.exec(location.hash)?.[1] ?? null;
  if (code) history.replaceState(null, "", "#/runs");
  return code;
}
