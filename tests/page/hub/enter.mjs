// A browser enters with a one-use code: from an address, and by pasting one. It leaves again.

import { check, equal, given, invitation, open, test, until } from "../browser.mjs";
import { at, said } from "./hub.mjs";

await test(async () => {
  const stranger = await open({ path: "/#/runs?project=bunny", policy: true });
  const heading = stranger.getByRole("heading", { name: "This browser is not known" });
  await heading.waitFor();
  equal(await stranger.locator("hub-runs").count(), 0, "lists of a stranger");
  await stranger.getByLabel("Address or code").fill("0".repeat(64));
  await stranger.getByRole("button", { name: "Enter" }).click();
  await stranger.getByRole("alert").filter({ hasText: "used already, or is too old" }).waitFor();
  // The whole address of a code can be pasted, and what the link was for is shown.
  const path = await invitation();
  await stranger.getByLabel("Address or code").fill(`${given.address}${path}`);
  await stranger.getByRole("button", { name: "Enter" }).click();
  await said(stranger, "6 runs");
  await heading.waitFor({ state: "hidden" });
  check(stranger.url().endsWith("#/runs?project=bunny"), stranger.url());

  // The same address lets nobody else in.
  const other = await open({ path });
  await other.getByRole("alert").filter({ hasText: "used already" }).waitFor();

  // An address of the command line: the code does not stay in it, and the browser stays known.
  const page = await open();
  await said(page, "12 runs");
  check(!page.url().includes("code"), page.url());
  equal(await page.locator("header .who").textContent(), "carla (viewer) Leave", "who is here");
  equal(await page.getByRole("link", { name: "Access" }).count(), 0, "what a viewer does not see");
  await page.reload();
  await said(page, "12 runs");
  const cookies = await page.context().cookies();
  equal(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite]), [[true, "Strict"]], "the cookie");
  // A second code does not hurt, and is not used up.
  const second = await invitation();
  await at(page, second.slice(1));
  await until("the code is out of the address", () => !page.url().includes("code"));
  await said(page, "12 runs");
  const third = await open({ path: second });
  await said(third, "12 runs");

  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByRole("heading", { name: "This browser is not known" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "This browser is not known" }).waitFor();
});
