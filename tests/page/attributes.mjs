// Fields for what plug-ins declare: they are grouped, checked, saved and kept; the rest stays JSON.

import { check, collectAgain, equal, fits, open, outcome, parts, server, session, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const path = await session();
  const { row, publish } = parts(page);
  await outcome(page, "Ready");
  const hero = async () => (await server(`${path}/instances`)).body.items.find(({ name }) => name === "hero").data;
  const context = async () => (await server(`${path}/context`)).body.data;

  // The attributes of an instance, under the headings of their plug-ins.
  await row("hero").click();
  const details = page.locator("pyblish-details");
  const section = (title) => details.locator("section").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
  const output = section("Output");
  const quality = output.getByRole("combobox", { name: "Quality" });
  equal(await quality.locator("option:checked").textContent(), "Final", "the default");
  await quality.selectOption({ label: "Draft" });
  await until("the choice is saved", async () => (await hero()).quality === "draft");
  await output.getByRole("button", { name: "Back to default: Quality" }).click();
  await until("the default is back", async () => (await hero()).quality === "final");

  const handles = output.getByRole("textbox", { name: "Handles" });
  equal(await output.getByText("0 to 20").isVisible(), true, "the range is said");
  // What is wrong is said beside the field, and nothing is sent.
  for (const [typed, said] of [["21", "Write at most 20."], ["-1", "Write at least 0."], ["many", "Write a whole number."], ["", "Write a whole number."]]) {
    await handles.fill(typed);
    await handles.press("Enter");
    await output.getByRole("alert").filter({ hasText: said }).waitFor();
    equal(await handles.getAttribute("aria-invalid"), "true", `“${typed}” is marked`);
  }
  await handles.press("Escape");
  equal(await handles.inputValue(), "8", "Escape brings the value back");
  equal((await hero()).handles, 8, "nothing was sent");
  // A change from elsewhere, which brings a button before the field, leaves the field the focus and
  // what is selected: the next keys replace its text.
  const change = async (set) => {
    const { revision } = (await server(path)).body;
    const { id } = (await server(`${path}/instances`)).body.items.find(({ name }) => name === "hero");
    await server(`${path}/instances/${id}`, { method: "PATCH", body: { revision, set } });
  };
  const appears = output.getByRole("button", { name: "Back to default: Quality" });
  await appears.waitFor({ state: "hidden" });
  await handles.selectText();
  await change({ quality: "draft" });
  await appears.waitFor();
  await page.keyboard.type("12");
  await page.keyboard.press("Enter");
  await until("the number was typed into its field", async () => (await hero()).handles === 12);
  // At once, before the page has heard of the change.
  await handles.fill("20");
  await handles.blur();
  await until("the number is saved", async () => (await hero()).handles === 20);

  // What is being typed is kept while the session changes.
  await handles.fill("1");
  const { revision } = (await server(path)).body;
  await change({ other: 1 });
  await until("the page has heard of it", async () => (await server(path)).body.revision > revision);
  equal(await handles.inputValue(), "1", "the text in the field");
  await handles.press("Escape");
  await page.locator(".datum").filter({ hasText: "other" }).waitFor();

  equal(await page.getByText("Not changed").count(), 0, "changes that were refused");

  const passes = output.getByRole("group", { name: "Passes" });
  await passes.getByRole("checkbox", { name: "depth" }).check();
  await until("both are chosen", async () => JSON.stringify((await hero()).passes) === '["beauty","depth"]');
  equal(await output.getByText("abc123").isVisible(), true, "what is only shown");
  equal(await output.getByRole("textbox", { name: "Checksum" }).count(), 0, "fields for what is only shown");

  // What has a field, or decides what runs, is not edited as JSON.
  for (const key of ["quality", "handles"]) equal(await page.locator(".datum .key").filter({ hasText: new RegExp(`^${key}$`) }).count(), 0, `${key} as JSON`);
  for (const key of ["family", "publish"]) equal(await page.getByRole("button", { name: `Edit ${key}`, exact: true }).count(), 0, `editors of ${key}`);
  equal(await page.getByRole("button", { name: "Edit asset" }).count(), 1, "editors of what is not declared");
  await page.getByRole("button", { name: "Add a value" }).click();
  await page.getByLabel("The name of the new value").fill("family");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("“family” cannot be set here.").waitFor();
  await page.getByLabel("The name of the new value").press("Escape");

  // The settings of a plug-in.
  await row("Missing frames").click();
  const settings = section("Settings");
  const strict = settings.getByRole("checkbox", { name: "Strict" });
  await strict.check();
  await until("the setting is saved", async () => (await context())["Frames.strict"] === true);

  // All of it is there after a reset, and reaches the plug-in.
  await collectAgain(page);
  equal([(await hero()).handles, (await context())["Frames.strict"]], [20, true], "after a reset");
  await publish.click();
  await outcome(page, "1 problem to solve");
  await page.locator(".card").getByText("Handles of 20 are too many").waitFor();

  await row("hero").click();
  for (const width of [1440, 900, 420, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.getByRole("tab", { name: "Details" }).click();
    await fits(page, `with fields, at ${width} pixels`);
  }
  check(await output.isVisible(), "the fields are not there at the end");
});
