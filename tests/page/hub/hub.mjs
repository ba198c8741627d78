// What the tests of the hub's page share.

import { check, equal, given, open, until } from "../browser.mjs";

/** The hub's page in a browser that was let in, at this address behind the `#`. */
export async function enter(options = {}, address = null) {
  const page = await open(options);
  await page.locator("hub-page header .who bdi").waitFor();
  if (address) await at(page, address);
  return page;
}

/** Goes to this address of the page, as somebody who opens a link of a colleague. */
export async function at(page, address) {
  await page.goto(new URL(`/${address}`, given.address).href);
}

/** The rows of the list of runs that are drawn. */
export const rows = (page) => page.locator("hub-runs .run-row:visible");

/** Waits until the list says how many runs there are. */
export async function said(page, words) {
  await page.locator("hub-runs > p[role=status]").filter({ hasText: new RegExp(`^${words}$`) }).waitFor();
}

/** Asks the hub's API as a program. */
export async function ask(path) {
  const response = await fetch(`${given.address}/pyblish/hub/v1${path}`, { headers: { authorization: `Bearer ${given.token}` } });
  check(response.ok, `${path}: the hub answered ${response.status}`);
  return response.json();
}

export { equal, until };
