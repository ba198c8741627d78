// What the tests of the page share: a browser, a page in it, and checks with messages.
//
// A test is a script that ends with an error if something is wrong. It gets one argument, JSON: the
// `address` of the server, `chromium`, and what else its test in `main.rs` gives it. Nothing
// sleeps: scripts wait for a state of the page or an answer of the server.

import { createRequire } from "node:module";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const need = createRequire(join(process.env.PYBLISH_PAGE_NODE, "package.json"));
const { chromium } = need("playwright-core");

export const given = JSON.parse(process.argv[2]);
/** The tests' own requests to the server have its token. */
const asProgram = { authorization: `Bearer ${given.token}` };
export const axeSource = () => need("axe-core").source;

/** How long a state may take; far longer than it ever does. */
const PATIENCE = 15_000;

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];

let browser = null;
const profile = mkdtempSync(join(tmpdir(), "pyblish-page-"));
const complaints = [];

process.on("exit", () => rmSync(profile, { recursive: true, force: true }));

/** A page in its own browser, which shares only the server with others. */
export async function open({ address = given.address, width = 1280, height = 800, theme = "dark", policy = false, path } = {}) {
  browser ??= await chromium.launch({ executablePath: given.chromium, args: ARGUMENTS, env: { ...process.env, HOME: profile } });
  // The tests run scripts in the page, which its own policy forbids; one test keeps the policy.
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, bypassCSP: !policy, locale: "en-GB" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => complaints.push(`the page failed: ${error.stack}`));
  page.on("console", (message) => {
    // In some tests requests are refused or connections lost; the page shows that to the user.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(`the page said: ${message.text()}`);
  });
  // To see changes of the page without a build: PYBLISH_PAGE_FILES=runtime/server/page, and for the
  // hub runtime/hub/page:runtime/server/page.
  const files = process.env.PYBLISH_PAGE_FILES;
  if (files) await context.route(/\/page\/[\w./-]+\.(js|css|svg)$/, (route) => {
    const name = new URL(route.request().url()).pathname.slice(6);
    const path = files.split(delimiter).map((folder) => join(folder, name)).find((path) => existsSync(path));
    return path ? route.fulfill({ path }) : route.continue();
  });
  await page.goto(new URL(path ?? await invitation(), address).href);
  return page;
}

/** The path that lets one browser in: the server knows none of them, as on a user's machine. */
export async function invitation() {
  const response = await fetch(`${given.address}${given.codes ?? "/pyblish/v2/codes"}`, { method: "POST", headers: asProgram });
  check(response.status === 201, `no code: the server answered ${response.status}`);
  return (await response.json()).path;
}

/** Runs a test to its end, also after an error. */
export async function test(work) {
  try {
    await work();
    check(complaints.length === 0, complaints.join("\n"));
  } catch (error) {
    const pages = browser?.contexts().flatMap((context) => context.pages()) ?? [];
    for (const [number, page] of pages.entries()) {
      if (given.failures) await page.screenshot({ path: join(given.failures, `${given.name.replace("/", "-")}-${number}.png`) }).catch(() => {});
    }
    console.error(`${error.stack}\n${complaints.join("\n")}`);
    process.exitCode = 1;
  } finally {
    await browser?.close();
    // Connections that a failed test left open must not delay the end.
    process.exit();
  }
}

export function check(is, words) {
  if (!is) throw new Error(words);
}

export function equal(found, wanted, words) {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  check(one === other, `${words}: found ${one}, wanted ${other}`);
}

/** Asks again and again, until the answer is truthy. */
export async function until(words, question) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    check(Date.now() < end, `waited in vain until ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The page's parts, as a user names them. */
export const parts = (page) => ({
  reset: page.getByRole("button", { name: "Reset" }),
  validate: page.getByRole("button", { name: "Validate", exact: true }),
  publish: page.getByRole("button", { name: "Publish", exact: true }),
  stop: page.locator("pyblish-run-bar button.danger"),
  cards: page.locator(".card.failed"),
  outcome: page.locator(".outcome h2"),
  host: page.locator(".host"),
  progress: page.getByRole("progressbar"),
  row: (name) => page.locator("pyblish-overview .row:visible").filter({ has: page.locator(".name", { hasText: new RegExp(`^${name}$`) }) }),
});

/** Waits until the page shows this outcome. */
export async function outcome(page, text) {
  await page.locator(".outcome h2").filter({ hasText: text }).waitFor({ state: "attached" });
}

/** Waits until everything that has arrived is drawn. */
export const drawn = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** Collects again with Reset, and waits until the page shows that. */
export async function collectAgain(page, press = () => parts(page).reset.click()) {
  const bar = page.locator("pyblish-run-bar");
  const before = await bar.getAttribute("data-run");
  await press();
  await until("it was collected again", async () => (await bar.getAttribute("data-run")) !== before && (await bar.getAttribute("data-state")) === "succeeded");
  await drawn(page);
}

/** Nothing overflows to the side: neither the page, nor a view, nor a card. */
export async function fits(page, where) {
  const wide = await page.evaluate(() => {
    const all = [document.documentElement, ...document.querySelectorAll(".view, .card, .message, .title h2, .datum, pyblish-run-bar, pyblish-session-bar")];
    return all.filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1).map((one) => `${one.tagName}.${one.className} has ${one.scrollWidth} for ${one.clientWidth} pixels`);
  });
  check(wide.length === 0, `${where} is too wide: ${wide.slice(0, 3).join("; ")}`);
  await hasOneScrollbar(page, where);
}

/**
 * No two scrollbars are beside each other: the page itself never scrolls, and nothing that scrolls
 * is inside of something that does, except for boxes of text.
 */
async function hasOneScrollbar(page, where) {
  const nested = await page.evaluate(() => {
    const BOXES = "pre, textarea, select, .message, .records, .title h2, .key";
    const scrolls = (one) => one.checkVisibility() && /auto|scroll/.test(getComputedStyle(one).overflowY) && one.scrollHeight > one.clientHeight + 1;
    const all = [...document.body.querySelectorAll("*")].filter((one) => scrolls(one) && !one.matches(BOXES));
    const inner = all.filter((one) => all.some((other) => other !== one && other.contains(one)));
    const root = document.documentElement;
    if (root.scrollHeight > root.clientHeight + 1) inner.push(root);
    return inner.map((one) => `${one.tagName}.${one.className}`);
  });
  check(nested.length === 0, `${where} has more than one scrollbar: ${nested.join("; ")}`);
}

/** The state that a row of the overview shows. */
export async function rowState(page, name) {
  return parts(page).row(name).locator(".state").getAttribute("data-state");
}

/** Sends a request to the server itself. */
export async function server(path, { method = "GET", body } = {}) {
  const headers = { ...asProgram };
  if (body !== undefined) headers["content-type"] = "application/json";
  const response = await fetch(`${given.address}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}

/** The path of the one session. */
export async function session() {
  const { body } = await server("/pyblish/v2/sessions");
  return `/pyblish/v2/sessions/${body.items[0].id}`;
}
