// One card for each problem, with its instances inside. What came of a button is said in the card,
// which keeps its place, and to screen readers.

import { check, equal, open, outcome, parts, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open({ width: 1280, height: 500 });
  await outcome(page, "Ready");
  await parts(page).validate.click();
  await outcome(page, "4 problems to solve");
  equal(await page.locator("#tab-problems .badge").textContent(), "4", "the badge counts cards");
  const all = page.locator(".cards > .card");
  const titles = async () => (await all.locator("h3").allTextContents()).map((text) => text.replace(" failed", ""));
  const order = ["Empty", "Size", "Name", "Last"];
  equal((await titles()).map((text) => text.split(" ")[0]), order, "the cards");
  const card = (name) => all.nth(order.indexOf(name));
  const said = page.locator("pyblish-problems > [role=status]");

  // Messages that differ only in the instance's name are one card; files of one name are told apart.
  const chips = await card("Empty").locator(".chip").allTextContents();
  equal(chips, ["wood/textures/old/wood.png", "wood/textures/new/wood.png", "stone"], "the instances of one card");
  // Where only the user can mend something, no repair is offered.
  equal(await card("Name").getByRole("button", { name: /^Repair/ }).count(), 0, "Repair of what is to be mended by hand");
  equal(await card("Empty").getByRole("button", { name: "Repair all 3" }).count(), 1, "Repair of what can be repaired");

  // A repair that fails is said where it was asked for, and nothing moves.
  await card("Last").scrollIntoViewIfNeeded();
  const top = await page.locator("pyblish-problems").evaluate((view) => view.scrollTop);
  check(top > 0, "the list is not scrolled");
  await card("Last").getByRole("button", { name: "Repair" }).click();
  await card("Last").getByText("The repair of last failed: It is locked").waitFor();
  await until("screen readers get it", async () => (await said.textContent()) === "The repair of last failed: It is locked");
  check((await card("Last").locator(".message").textContent()).includes("It must not be last"), "the problem itself is gone");
  equal(await page.locator("pyblish-problems").evaluate((view) => view.scrollTop), top, "the list has moved");
  await outcome(page, "4 problems to solve");

  // Left out, and taken back.
  await card("Last").getByRole("button", { name: "Leave it out" }).click();
  await card("Last").getByText("Left out last.").waitFor();
  equal(await said.textContent(), "Left out last.", "what screen readers get");
  equal(await all.count(), 4, "cards");
  equal(await page.locator("#tab-problems .badge").textContent(), "3", "the badge");
  check((await card("Last").getAttribute("class")).includes("solved"), "it is not shown as solved");
  await card("Last").getByRole("button", { name: "Take part again" }).click();
  await card("Last").getByRole("button", { name: "Repair" }).waitFor();

  // A repair that succeeds for some.
  await card("Size").getByRole("button", { name: "Repair all 2" }).click();
  await card("Size").getByText("Repaired left.").waitFor();
  await card("Size").getByText("The repair of right failed: It is write-protected").waitFor();
  equal(await said.textContent(), "Repaired left. The repair of right failed: It is write-protected", "what screen readers get");
  equal(await card("Size").locator(".chip").allTextContents(), ["right"], "what is left on the card");
  await card("Empty").getByRole("button", { name: "Repair all 3" }).click();
  await card("Empty").getByText("Repaired wood, wood, stone.").waitFor();
  check((await card("Empty").getAttribute("class")).includes("solved"), "it is not shown as solved");
  equal(await all.count(), 4, "cards");
  equal(await parts(page).cards.count(), 3, "cards to solve");
  // The focus stays in the card that was pressed.
  check(await card("Empty").evaluate((one) => one.contains(document.activeElement) || document.activeElement.closest(".cards") !== null || document.activeElement.classList.contains("outcome")), "the focus is lost");

  // The next run begins a new list.
  await parts(page).validate.click();
  await outcome(page, "3 problems to solve");
  await until("solved cards are gone", async () => (await all.count()) === 3);
});
