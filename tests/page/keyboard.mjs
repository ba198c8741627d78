// The keyboard alone: search, leave out, look at details, repair, publish.

import { check, collectAgain, equal, open, outcome, rowState, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const { keyboard } = page;
  const focused = () => page.evaluate(() => {
    const { activeElement: one } = document;
    return `${one.tagName.toLowerCase()} ${one.getAttribute("aria-label") ?? one.textContent}`.trim();
  });
  /** Presses Tab until this has the focus. */
  const tabTo = async (wanted, key = "Tab") => {
    for (let press = 0; press < 80; press++) {
      if ((await focused()).includes(wanted)) return;
      await keyboard.press(key);
    }
    check(false, `Tab does not lead to ${wanted}`);
  };
  await outcome(page, "Ready");
  await tabTo("button Reset");
  await collectAgain(page, () => keyboard.press("Enter"));

  await keyboard.press("/");
  equal(await focused(), "input Search instances and plug-ins", "slash");
  await keyboard.type("good");
  await until("only one is found", async () => (await page.locator("virtual-list[aria-label=Instances] .row:not(.group):visible").count()) === 1);
  await keyboard.press("Enter");
  const active = () => page.evaluate(() => {
    const id = document.activeElement.getAttribute("aria-activedescendant");
    return id && document.getElementById(id).querySelector(".name").textContent;
  });
  equal(await active(), "good", "the active row");
  await keyboard.press("Space");
  await until("good is left out", async () => (await rowState(page, "good")) === "out");
  await keyboard.press("Space");
  await until("good is back", async () => (await rowState(page, "good")) === "idle");
  await keyboard.press("/");
  await keyboard.press("Escape");
  equal(await focused(), "virtual-list Instances", "escape");

  await keyboard.press("Home");
  equal(await active(), "Context", "home");
  await keyboard.press("ArrowDown");
  equal(await active(), "shot", "down");
  await keyboard.press("ArrowLeft");
  await keyboard.press("End");
  equal(await active(), "shot", "the group is closed");
  await keyboard.press("ArrowRight");
  await keyboard.press("End");
  equal(await active(), "bad", "the group is open");
  await keyboard.press("Enter");
  equal(await page.locator("pyblish-details h2").textContent(), "bad", "details");

  await keyboard.press("?");
  await page.locator("dialog[open]").waitFor();
  await keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  for (const [key, view] of [["4", "Log"], ["5", "Timeline"], ["6", "History"], ["3", "Details"], ["2", "Problems"]]) {
    await keyboard.press(key);
    check((await focused()).includes(view), `${key} does not lead to ${view}`);
  }
  await keyboard.press("ArrowRight");
  check((await focused()).includes("Details"), "an arrow does not lead to the next tab");

  // The shortcuts of the buttons, also while typing; and the skip button, which comes first.
  await page.getByLabel("Comment for what you publish").focus();
  await keyboard.press("Alt+v");
  await outcome(page, "1 problem to solve");
  await keyboard.press("Alt+n");
  equal(await focused(), "h3 Validate failed", "the next problem");
  check(await page.locator(".card.failed h3").evaluate((one) => one.matches(":focus-visible")), "the focus is not shown");
  await page.reload();
  await outcome(page, "1 problem to solve");
  await keyboard.press("Tab");
  equal(await focused(), "button Skip to the problems", "what Tab reaches first");
  await keyboard.press("Enter");
  check((await focused()).includes("1 problem to solve"), `it leads to ${await focused()}`);
  await page.getByRole("button", { name: "Publish", exact: true }).waitFor();
  await tabTo("button Publish");
  await keyboard.press("Enter");
  await outcome(page, "1 problem to solve");
  await keyboard.press("2");
  await tabTo("button Repair");
  await keyboard.press("Space");
  await outcome(page, "All problems are repaired or left out");
  await tabTo("button Publish");
  await keyboard.press("Enter");
  await outcome(page, "Published");
});
