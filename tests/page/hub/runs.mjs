// The list of runs: filters that are in the address, full text, one run with its report, and keys.

import { check, equal, given, open, test, until } from "../browser.mjs";
import { at, enter, rows, said } from "./hub.mjs";

await test(async () => {
  const page = await enter();
  await said(page, "12 runs");
  const hash = () => new URL(page.url()).hash;
  await page.getByLabel("Show", { exact: true }).selectOption("bunny");
  await said(page, "6 runs");
  equal(hash(), "#/runs?project=bunny", "the address");
  await page.getByLabel("State").selectOption("failed");
  await said(page, "1 run");
  equal(hash(), "#/runs?project=bunny&state=failed", "the address");
  // Sent to a colleague, it shows the same.
  const colleague = await enter({}, `#/runs?project=bunny&state=failed`);
  await said(colleague, "1 run");
  equal(await colleague.getByLabel("State").inputValue(), "failed", "the colleague's filter");
  await page.reload();
  await said(page, "1 run");
  await page.goBack();
  await said(page, "6 runs");
  await page.getByRole("button", { name: "Clear" }).click();
  await said(page, "12 runs");

  // Full text, and what each other filter finds.
  await page.keyboard.press("/");
  await page.keyboard.type("ngons");
  await said(page, "2 runs");
  equal(hash(), "#/runs?q=ngons", "the address");
  await page.keyboard.press("Escape");
  for (const [query, words] of [
    ["user=berta", "6 runs"], ["machine=ws1", "6 runs"], ["host=disk&adapter=folder", "12 runs"], ["plugin=ValidateMesh", "2 runs"],
    ["within=24h", "2 runs"], ["within=7d", "4 runs"], ["from=2020-01-01&to=2020-12-31", "0 runs"], ["state=running", "2 runs"], ["project=nobody", "0 runs"],
  ]) {
    await at(page, `#/runs?${query}`);
    await said(page, words);
  }
  await page.getByText("No run fits these filters.").waitFor();

  // One run: keys lead to it and back.
  await at(page, "#/runs?state=failed&user=anna");
  await said(page, "1 run");
  await page.locator("virtual-list[aria-label=Runs]").focus();
  await page.keyboard.press("Enter");
  const title = page.locator("hub-run h2");
  await title.filter({ hasText: "bunny: had failures" }).waitFor();
  await page.locator(".problem").filter({ hasText: "the mesh has ngons" }).waitFor();
  const facts = page.locator("hub-run .facts");
  for (const words of ["hero.ma", "anna", "ws1", "folder 1.2", "c0ffee", "take 2"]) await facts.filter({ hasText: words }).waitFor();
  await page.locator("hub-run .lane").nth(1).waitFor();
  equal(await page.locator("hub-run .lane .who").allTextContents(), ["Collect", "ValidateMesh"], "the timeline");
  equal(await page.locator("hub-run .swatch").count(), 3, "stages in the legend");
  for (const [label, start] of [["Report", "<!doctype html"], ["JSON", "{"], ["JUnit", "<?xml"]]) {
    const link = page.locator("hub-run .links").getByRole("link", { name: label });
    const body = await page.evaluate(async (href) => (await fetch(href)).text(), await link.getAttribute("href"));
    check(body.toLowerCase().startsWith(start), `${label}: ${body.slice(0, 100)}`);
  }
  await page.locator(".result-row").nth(1).click();
  await page.locator("hub-run .whole").filter({ hasText: "ngons" }).waitFor();
  await page.getByRole("link", { name: "All runs" }).click();
  await said(page, "1 run");
  equal(hash(), "#/runs?state=failed&user=anna", "the filters are still there");

  // A run that is not there, and an address with a typing mistake.
  await at(page, "#/runs/4711");
  await title.filter({ hasText: "Not found" }).waitFor();
  await at(page, "#/nothing?colour=red");
  await said(page, "12 runs");
  await at(page, "#/runs?state=broken");
  await page.getByText("there is no state").waitFor();

  // The page's own policy allows all that it does.
  const strict = await open({ policy: true });
  await said(strict, "12 runs");
  await rows(strict).first().click();
  await strict.locator("hub-run .lane").first().waitFor();
  await until("it is live", async () => (await strict.locator(".connection").textContent()) === "Live");
});
