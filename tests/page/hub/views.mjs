// Now, versions, plug-ins, machines and access: what a supervisor asks.

import { check, equal, test, until } from "../browser.mjs";
import { at, enter } from "./hub.mjs";

await test(async () => {
  const page = await enter();
  // Is anybody stuck right now?
  await page.keyboard.press("2");
  await page.getByRole("heading", { name: "1 run may be stuck" }).waitFor();
  const running = page.getByRole("region", { name: "Running runs" });
  const first = running.locator("tbody tr").first();
  for (const words of ["berta", "ws2", "ValidateMesh on hero", "nothing heard for 9 min"]) check((await first.textContent()).includes(words), `${words} is missing in ${await first.textContent()}`);
  await page.getByRole("region", { name: "Open sessions" }).getByText("9 min ago").waitFor();

  // Where is version 3 of hero from?
  await page.keyboard.press("3");
  await page.locator(".version-row").first().waitFor();
  await page.getByLabel("Version", { exact: true }).fill("v003");
  await page.getByLabel("Name of what was published").fill("her");
  await until("two are left", async () => (await page.locator("hub-versions p[role=status]").textContent()) === "2 versions");
  equal(new URL(page.url()).hash, "#/versions?q=her&version=3", "the address");
  await page.locator(".version-row").first().click();
  await page.getByRole("heading", { name: "hero v003" }).waitFor();
  const facts = page.locator("hub-versions .facts");
  for (const words of ["berta", "ws2", "hero.ma", "folder 1.2", "c0ffeec0ffeec0ff"]) await facts.filter({ hasText: words }).waitFor();
  equal(await page.getByRole("region", { name: "Plug-ins of the run" }).locator("tbody th").allTextContents(), ["Collect", "ValidateMesh"], "the plug-ins");
  await page.getByRole("link", { name: "The run that published it" }).click();
  await page.locator("hub-run h2").filter({ hasText: "sintel: succeeded" }).waitFor();

  // Which validator fails most often, and how long does it take?
  await page.keyboard.press("4");
  const plugins = page.getByRole("region", { name: "Plug-ins", exact: true });
  await plugins.locator("tbody tr").first().waitFor();
  equal(await plugins.locator("tbody th").allTextContents(), ["ValidateMesh", "Collect"], "the order");
  equal(await plugins.getByRole("img", { name: /Failures of ValidateMesh in each of 4 weeks: 2 of 10 results/ }).count(), 1, "the chart");
  await plugins.getByRole("link", { name: "ValidateMesh" }).click();
  await page.getByRole("region", { name: "Messages" }).getByText("the mesh has ngons").waitFor();
  const bars = page.locator("figure .chart.failed rect:not(.ground)");
  check((await bars.count()) >= 2, "the chart has no bars");
  await page.getByRole("region", { name: "Messages" }).getByRole("link", { name: "Show" }).click();
  await page.locator("hub-runs > p[role=status]").filter({ hasText: "2 runs" }).waitFor();
  await at(page, "#/plugins?days=364");
  await until("a year is chosen", async () => (await page.getByLabel("Over").inputValue()) === "364");

  // Who is silent?
  await page.keyboard.press("5");
  await page.getByText("2 machines, 1 silent with an open session").waitFor();
  const machines = page.getByRole("region", { name: "Machines" });
  equal(await machines.locator("tbody th").allTextContents(), ["ws2", "ws1"], "the silent one first");
  await page.getByLabel("Name of a machine").fill("ws1");
  await page.getByText("1 machine", { exact: true }).waitFor();

  // Who has access, and who did what?
  await page.keyboard.press("Escape");
  await page.keyboard.press("6");
  const tokens = page.getByRole("region", { name: "Tokens" });
  await tokens.getByText("carla").waitFor();
  await page.getByRole("region", { name: "Who did what" }).getByText("entered with a browser").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByRole("heading", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
});
