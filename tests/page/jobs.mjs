// A publish is handed over to the farm, and then to the background: validated first, shown live, with
// the error of the worker, its log, another try and a cancel. Each state is accessible and fits.

import { axeSource, check, equal, fits, open, outcome, parts, test, until } from "./browser.mjs";

const WIDTHS = [1440, 900, 420, 390];

await test(async () => {
  const page = await open();
  await page.evaluate(axeSource());
  const found = new Map();
  const everywhere = async (where) => {
    for (const theme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme: theme });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        for (const { id, help, nodes } of violations) found.set(id, `${id} in ${where}, ${theme}, ${width}: ${help}\n${nodes[0].html.slice(0, 300)}\n${nodes[0].failureSummary}`);
        await fits(page, `${where} at ${width} pixels`);
      }
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  };
  const farm = page.getByRole("button", { name: "On the farm" });
  const here = page.getByRole("button", { name: "In the background" });
  const job = (number) => page.locator(`.job[data-job="${number}"]`);
  const state = (number, is) => until(`the job ${number} is ${is}`, async () => (await job(number).getAttribute("data-state")) === is);
  const words = (number) => job(number).locator(".job-words").textContent();
  await outcome(page, "Ready");
  await page.getByRole("tab", { name: "Jobs" }).click();
  await page.getByText("Nothing was handed over yet").waitFor();
  await everywhere("no jobs");
  const comment = page.getByLabel("Comment for what you publish");
  await comment.fill("the first set");
  // It is validated first, and what fails there is not handed over.
  await page.getByRole("tab", { name: "Problems" }).click();
  await farm.click();
  await job(1).waitFor();
  equal(await comment.inputValue(), "", "the comment after it was handed over");
  equal(await page.getByRole("tab", { name: /Jobs/ }).getAttribute("aria-selected"), "true", "the view");
  await until("the worker is shown", async () => /runs on farm1, \d+ %/.test(await words(1)));
  equal(await page.getByRole("tab", { name: /Jobs/ }).locator(".badge").textContent(), "1", "jobs under way");
  await job(1).locator(".doing").filter({ hasText: "Write on hero: half" }).waitFor();
  await job(1).locator("summary").filter({ hasText: "Log of farm1 (1 record)" }).click();
  await job(1).locator(".records").filter({ hasText: "Write · hero: Writing it" }).waitFor();
  await everywhere("a job that runs");
  await state(1, "failed");
  await job(1).locator(".card .message").filter({ hasText: "There is no licence: ask the pipeline" }).waitFor();
  equal(await job(1).locator(".card .message strong").textContent(), "licence", "the words in bold");
  check(await job(1).locator(".log[open]").count() === 1, "the log was closed while it was read");
  const report = job(1).getByRole("link", { name: "Report" });
  check((await (await page.request.get(new URL(await report.getAttribute("href"), page.url()).href)).text()).includes("There is no"), "the report is another one");
  await page.locator(".notice").filter({ hasText: "failed on the farm" }).getByRole("button", { name: "Close" }).click();
  await everywhere("a job that failed");
  await job(1).getByRole("button", { name: "Try again" }).click();
  await until("it is tried again", async () => /runs on farm1/.test(await words(1)));
  equal(await job(1).locator("[data-attempt]").count(), 2, "attempts");
  await job(1).getByRole("button", { name: "Cancel" }).click();
  await state(1, "cancelled");
  // Leaving out a plug-in is a change, so it is validated again, and the choice goes along.
  await page.getByRole("tab", { name: "Details" }).click();
  await parts(page).row("Licence").click();
  await page.getByRole("button", { name: "Leave out" }).click();
  await page.getByRole("button", { name: "Use it again" }).waitFor();
  const runs = page.locator("pyblish-run-bar");
  const before = await runs.getAttribute("data-run");
  await here.click();
  await job(2).waitFor();
  check((await runs.getAttribute("data-run")) !== before, "it was not validated again");
  await state(2, "succeeded");
  check(/in the background/.test(await job(2).locator(".when").first().textContent()), "where it was done is not told");
  equal(await job(2).locator(".attempt").filter({ hasText: "Attempt 1 on ws1" }).count(), 1, "the worker");
  await everywhere("two jobs");
  // The keys, and a page that is opened later.
  await page.keyboard.press("Escape");
  await page.locator("body").click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("1");
  await page.keyboard.press("7");
  equal(await page.getByRole("tab", { name: "Jobs" }).getAttribute("aria-selected"), "true", "the view of the key 7");
  await page.reload();
  await outcome(page, /Everything is fine|Ready/);
  await page.getByRole("tab", { name: "Jobs" }).click();
  await until("both are listed", async () => (await page.locator(".job").count()) === 2);
  check(found.size === 0, [...found.values()].join("\n"));
});
