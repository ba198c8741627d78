// Nothing is told as better than it is: a warning is in the headline, what was not published is not
// called published, and the reason is the right one.

import { check, equal, open, outcome, parts, server, session, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const { publish, validate, row, progress } = parts(page);
  const words = async () => (await page.locator(".outcome h2, .outcome p").allTextContents()).join(": ");
  const toggle = (name) => row(name).getByRole("checkbox").click();
  const state = () => page.locator(".outcome .state").getAttribute("data-state");
  await outcome(page, "Ready, with 1 warning");
  equal(await state(), "warned", "a warning of a collector");
  equal(await progress.locator(".fill").getAttribute("data-state"), "warned", "the bar");

  await validate.click();
  await outcome(page, "Checked, with 2 warnings");
  equal(await page.locator(".card.warned").count(), 2, "cards of warnings");
  equal(await state(), "warned", "a warning of a validator");

  await publish.click();
  await outcome(page, "Published, with 2 warnings");
  check((await words()).includes("1 instance published, 1 with a warning, 1 for which there is no plug-in."), await words());
  check(!/went well|succeeded|fine/i.test(await words()), `it is called fine: ${await words()}`);
  equal(await state(), "warned", "a publish with warnings");

  // Only what no plug-in extracts or integrates is left: that is no publish.
  await toggle("shot_a");
  await until("it is left out", async () => (await row("shot_a").locator(".state").getAttribute("data-state")) === "out");
  await publish.click();
  await outcome(page, "Nothing was published");
  check((await words()).includes("No plug-in extracts or integrates the instance that was found"), await words());

  await toggle("misfit");
  await until("it is left out", async () => (await row("misfit").locator(".state").getAttribute("data-state")) === "out");
  await publish.click();
  await until("the reason is another", async () => (await words()).includes("All 2 instances are left out."));
  equal(await page.locator(".outcome h2").textContent(), "Nothing was published", "with everything left out");
  const { body } = await server(`${await session()}/runs`);
  equal(body.items[0].state, "succeeded", "the runs succeeded, and yet published nothing");
});
