// A validator fails on one instance of a thousand. The failure is visible without scrolling,
// repaired, and published. The plug-in's actions are beside the repair, with icon, separator and
// category.

import { check, collectAgain, equal, open, outcome, parts, rowState, test } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const { publish, cards } = parts(page);
  await outcome(page, "Ready");
  await collectAgain(page);
  // Plug-ins that do not apply are hidden at first.
  equal(await parts(page).row("Never").count(), 0, "rows of a plug-in that does not apply");
  await page.getByRole("button", { name: "Show 1 more that does not apply" }).click();
  equal(await parts(page).row("Never").count(), 1, "rows of it once asked for");

  await publish.click();
  await outcome(page, "1 problem to solve");
  const card = cards.first();
  const box = await card.boundingBox();
  check(box.y >= 0 && box.y + box.height <= 800, `the card is out of sight: ${JSON.stringify(box)}`);
  equal(await card.getByRole("heading").textContent(), "Weight failed", "title");
  equal(await card.locator(".message").textContent(), "The crate is empty: fill it", "message");
  equal(await card.locator(".chip").first().textContent(), "item_0777", "the instance");
  const buttons = await card.locator(".buttons > *").evaluateAll((all) => all.map((one) => [one.tagName, one.textContent, one.querySelector("svg") !== null]));
  equal(buttons, [
    ["BUTTON", "Repair", true], ["SPAN", "Help", false], ["BUTTON", "Explain", true], ["SPAN", "", false],
    ["BUTTON", "Break", true], ["BUTTON", "Leave it out", true], ["SPAN", "Copy report", true], ["A", "Save report", true],
  ], "buttons");
  // Detail and records come last, and only when asked for.
  const details = card.locator("details");
  await details.locator("summary").click();
  await details.getByText("Looking at it").waitFor();

  await card.getByRole("button", { name: "Break" }).click();
  await page.locator(".notice").filter({ hasText: "It cannot be broken" }).waitFor();
  equal(await cards.count(), 1, "cards: an action's failure is no problem of what is published");
  await cards.first().getByRole("button", { name: "Repair" }).click();
  await page.locator(".chip", { hasText: "item_0777" }).waitFor({ state: "detached" });
  // What screen readers were told follows what is shown.
  const said = page.locator("pyblish-run-bar [role=status]");
  await said.filter({ hasText: "All problems are repaired or left out" }).waitFor();
  await publish.click();
  await outcome(page, "Published");
  await said.filter({ hasText: "Published." }).waitFor();
  equal(await rowState(page, "Weight"), "succeeded", "the plug-in");
});
