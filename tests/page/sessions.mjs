// Several sessions in one page, and switching between them.

import { equal, open, outcome, parts, server, session, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const first = (await session()).split("/").at(-1);
  await outcome(page, "Ready");
  equal(await page.locator(".session:visible").count(), 0, "buttons for a single session");
  const { given } = await import("./browser.mjs");
  const { status, body } = await server("/pyblish/v2/sessions", { method: "POST", body: given.second });
  equal(status, 201, JSON.stringify(body));
  await page.reload();
  const buttons = page.locator(".session");
  await until("both sessions are shown", async () => (await buttons.count()) === 2);
  // A session is called by its host, and by what is open in it; the window's title has the state.
  equal(await page.locator(`.session[data-session="${first}"] bdi`).textContent(), "Scenario – scenario.json", "the name of the first");
  equal(await page.locator(`.session[data-session="${body.id}"] bdi`).textContent(), "Folder – in", "the name of the second");
  await until("the title says it", async () => (await page.title()) === "Ready · Scenario – scenario.json – Pyblish");
  await page.locator(`.session[data-session="${body.id}"]`).click();
  await page.waitForURL(`**/#${body.id}`);
  await outcome(page, "Ready");
  await until("the title follows", async () => (await page.title()) === "Ready · Folder – in – Pyblish");
  await parts(page).row("hero").waitFor();
  await page.reload();
  await parts(page).row("hero").waitFor();
  await page.locator(`.session[data-session="${first}"]`).click();
  await parts(page).row("hero").waitFor({ state: "detached" });
});
