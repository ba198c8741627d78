// The docs and messages of plug-ins: Markdown is shown, safely; a plug-in that broke down looks
// different from a check that failed; reports and tracebacks can be copied and saved.

import { check, equal, open, outcome, parts, test } from "./browser.mjs";

await test(async () => {
  const page = await open({ policy: true, width: 1440, height: 900 });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const { validate } = parts(page);
  await outcome(page, "Ready");
  await validate.click();
  await outcome(page, "2 problems to solve");
  const check1 = page.locator(".card.failed").filter({ hasText: "Too many faces" });
  const crash = page.locator(".card.crashed");

  // A message: list, code and links, and nothing that is HTML.
  const message = check1.locator(".message");
  equal(await message.locator("li").allTextContents(), ["split them", "or reduce"], "the list");
  equal(await message.locator("code").allTextContents(), ["my_mesh_name"], "code");
  equal(await message.locator("strong").allTextContents(), ["14 faces"], "bold");
  const links = await message.locator("a").evaluateAll((all) => all.map((one) => [one.textContent, one.getAttribute("href"), one.rel]));
  equal(links, [["the wiki", "https://wiki.studio/faces", "noopener noreferrer"]], "links");
  const text = await message.textContent();
  for (const plain of ["<img src=x onerror=alert(1)>", "[no](javascript:alert(1))", "C:\\new\\_tmp_file_", "snake_case_name"]) check(text.includes(plain), `“${plain}” is not plain text: ${text}`);
  equal(await page.locator("pyblish-problems img").count(), 0, "pictures");

  // A crash: another sign, another title, and who has to mend it.
  equal(await check1.locator(".state").first().getAttribute("data-state"), "failed", "the sign of a check");
  equal(await crash.locator(".state").first().getAttribute("data-state"), "crashed", "the sign of a crash");
  check((await crash.locator("h3").textContent()).includes("broke down"), "the title of a crash");
  check((await crash.textContent()).includes("This is a mistake in the plug-in, not in your work"), "who has to mend it");
  await crash.locator("summary").click();
  await crash.getByRole("button", { name: "Copy traceback" }).click();
  await crash.getByText("Copied").first().waitFor();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  check((await clipboard()).startsWith("Traceback (most recent call last)"), await clipboard());

  await check1.getByRole("button", { name: "Copy report" }).click();
  await check1.getByText("Copied").waitFor();
  const report = await clipboard();
  for (const wanted of ["Too many faces", "14 faces", "Instances (1): one", "Plug-in: Faces (ValidateFaces", "plugins.py", "adapter python"]) check(report.includes(wanted), `the report does not say “${wanted}”: ${report}`);
  const [download] = await Promise.all([page.waitForEvent("download"), check1.getByRole("link", { name: "Save report" }).click()]);
  check(/-r\d+\.html$/.test(download.suggestedFilename()), download.suggestedFilename());

  // The doc of a plug-in.
  await parts(page).row("Faces").click();
  const doc = page.locator(".doc");
  equal(await doc.locator("strong").allTextContents(), ["Why"], "the heading of the doc");
  equal(await doc.locator("pre").textContent(), "cmds.polyReduce()", "code in the doc");
});
