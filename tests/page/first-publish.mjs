// A newcomer's first publish of the sample inbox, with the page's own policy: the page collects by
// itself, and four clicks are enough. Publish finds two problems, one name is repaired, one file is
// left out, the rest is published, and its thumbnail is shown.

import { check, equal, open, outcome, parts, server, session, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open({ policy: true });
  const { publish, cards, row } = parts(page);
  await outcome(page, "Ready");
  await publish.click();
  await outcome(page, "2 problems to solve");
  equal(await cards.count(), 2, "cards");
  const name = cards.filter({ hasText: "The name does not match" });
  await name.getByRole("button", { name: "Repair" }).click();
  await outcome(page, "1 problem to solve");
  await until("the repaired card is solved", async () => (await cards.count()) === 1);
  await cards.getByRole("button", { name: "Leave it out" }).click();
  await outcome(page, "All problems are repaired or left out");
  await page.getByLabel("Comment for what you publish").fill("my first one");
  await publish.click();
  await outcome(page, "Published");
  equal(await parts(page).progress.getAttribute("aria-valuenow"), "100", "progress");
  const { body } = await server(`${await session()}/runs`);
  equal([body.items[0].state, body.items[0].comment], ["succeeded", "my first one"], "the run");

  await row("hero").click();
  const picture = page.getByAltText("The thumbnail of hero");
  await picture.waitFor();
  await picture.evaluate((image) => image.decode());
  await page.getByRole("tab", { name: "History" }).click();
  await page.locator(".run summary").first().click();
  await page.getByText("Fixed (1)").waitFor();
  await page.getByRole("tab", { name: "Timeline" }).click();
  await page.getByRole("img", { name: / in 6 steps/ }).first().waitFor();
  const lanes = await page.locator(".lane .who").allTextContents();
  check(lanes.includes("Publish version"), `the lanes are ${lanes}`);
});
