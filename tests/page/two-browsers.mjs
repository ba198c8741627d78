// Two browsers leave things out at once: each sees the other's changes, and overwrites nothing
// unseen.

import { equal, open, outcome, parts, rowState, server, session, test, until } from "./browser.mjs";

await test(async () => {
  const [one, other] = [await open(), await open()];
  await Promise.all([outcome(one, "Ready"), outcome(other, "Ready")]);
  const box = (page, name) => parts(page).row(name).getByRole("checkbox");

  // A whole family is changed with one request.
  const changes = [];
  one.on("request", (request) => request.method() === "PATCH" && changes.push(new URL(request.url()).pathname.split("/").at(-1)));
  for (const is of [false, true]) {
    await box(one, "shot").click();
    for (const name of ["good", "bad"]) await until(`${name} follows its family`, async () => (await box(other, name).isChecked()) === is);
    await until("the family can be changed again", () => box(one, "shot").isEnabled());
  }
  equal(changes, ["instances", "instances"], "requests that change something");

  const first = async () => {
    await box(one, "good").click();
    await box(one, "Extract").last().click();
  };
  await Promise.all([first(), box(other, "bad").click()]);
  for (const page of [one, other]) {
    for (const name of ["good", "bad"]) {
      await until(`${name} is left out in both`, async () => (await rowState(page, name)) === "out");
      equal(await box(page, name).isChecked(), false, name);
    }
  }
  // Back and forth: a browser that has seen the change may change it again.
  await box(other, "good").click();
  await until("good is back in the first", () => box(one, "good").isChecked());
  await box(one, "good").click();
  await until("good is out in the other", async () => !(await box(other, "good").isChecked()));

  // One browser changes a value while the other edits it: the edit does not overwrite it unseen.
  await parts(one).row("bad").click();
  await one.getByRole("button", { name: "Edit broken" }).click();
  const path = `${await session()}/instances`;
  const { body } = await server(path);
  const id = body.items.find((instance) => instance.name === "bad").id;
  await server(`${path}/${id}`, { method: "PATCH", body: { revision: body.revision, set: { broken: "by somebody else" } } });
  await until("the other browser shows it", async () => {
    await parts(other).row("bad").click();
    return (await other.locator(".datum").allTextContents()).some((text) => text.includes("by somebody else"));
  });
  await one.getByLabel("The value of broken as JSON").fill("false");
  await one.getByRole("button", { name: "Save" }).click();
  await one.locator(".notice").filter({ hasText: "somebody else changed broken" }).waitFor();
  equal((await server(`${path}/${id}`)).body.data.broken, "by somebody else", "the value");

  // An edit of a value that nobody else changed is saved.
  await one.getByRole("button", { name: "Edit family" }).click();
  const area = one.getByLabel("The value of family as JSON");
  await area.fill("shot");
  await one.getByRole("button", { name: "Save" }).click();
  await one.getByText("This is not JSON").waitFor();
  await area.fill('"asset"');
  await area.press("Control+Enter");
  await until("the family is saved", async () => (await server(`${path}/${id}`)).body.data.family === "asset");
  await parts(other).row("asset").waitFor();
});
