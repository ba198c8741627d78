// Actions act on the instances that the artist sees: those of the card, or the one in the details.

import { equal, open, outcome, parts, server, session, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const asked = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/actions")) asked.push(request.postDataJSON());
  });
  const { publish } = parts(page);
  await outcome(page, "Ready");
  await publish.click();
  await outcome(page, "3 problems to solve");
  const base = await session();
  const all = (await server(`${base}/instances`)).body.items;
  const id = (name) => all.find((instance) => instance.name === name).id;
  // The browser tells of a request a little later than the server has answered it.
  const askedFor = async (wanted, words) => {
    await until(words, () => asked.length >= wanted.length);
    equal(asked.map((one) => one.instanceId ?? null), wanted, words);
  };
  const meant = async () => {
    const { body } = await server(`${base}/instances`);
    return body.items.filter((instance) => instance.data.meant === true).map((instance) => instance.name);
  };
  const card = (text) => page.locator(".card.failed").filter({ hasText: text });

  // A card of one instance.
  await card("Only this is broken").getByRole("button", { name: "It is meant" }).click();
  await until("one is meant", async () => (await meant()).length === 1);
  equal(await meant(), ["alone"], "what is meant after the first card");
  await askedFor([id("alone")], "the instances of the first card");

  // A card of two, while the plug-in failed on a third as well.
  asked.length = 0;
  await card("They are broken").first().getByRole("button", { name: "It is meant" }).click();
  await until("two more are meant", async () => (await meant()).length === 3);
  equal((await meant()).sort(), ["alone", "left", "right"], "what is meant after the second card");
  await askedFor([id("left"), id("right")], "the instances of the second card");

  // A card of all that the plug-in failed on: one request, as in Pyblish.
  asked.length = 0;
  await card("Wrong as a whole").getByRole("button", { name: "All at once" }).click();
  await until("it was asked", () => asked.length > 0);
  await page.locator(".notice").filter({ hasText: "Asked for all" }).waitFor();
  equal(asked.map((one) => one.instanceId ?? null), [null], "the request for all");

  // The details of one instance.
  asked.length = 0;
  await page.locator(".chip", { hasText: "right" }).first().click();
  await page.locator("pyblish-details").getByRole("button", { name: "Undo" }).first().click();
  await until("one less is meant", async () => (await meant()).length === 2);
  equal((await meant()).sort(), ["alone", "left"], "what is meant after the undo");
  await askedFor([id("right")], "the instance of the details");
  equal(await page.locator("pyblish-details").getByRole("button", { name: "It is meant" }).count(), 1, "actions for what failed");
});
