// A screenshot is pasted, dropped or chosen as an instance's thumbnail; what is no picture is refused
// in words, and the picture is there after a reset.

import { collectAgain, equal, open, outcome, parts, server, session, test, until } from "./browser.mjs";

/** Makes a picture in the page, and gives it to `take` there, as the browser would. */
const PASTE = async ([kind, type, bytes]) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1600, 900];
  canvas.getContext("2d").fillRect(0, 0, 800, 900);
  const blob = bytes ? new Blob([bytes], { type }) : await new Promise((resolve) => canvas.toBlob(resolve, type));
  const transfer = new DataTransfer();
  transfer.items.add(new File([blob], "shot", { type }));
  const details = document.querySelector("pyblish-details");
  if (kind === "paste") return void details.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
  for (const name of ["dragover", "drop"]) details.dispatchEvent(new DragEvent(name, { dataTransfer: transfer, bubbles: true, cancelable: true }));
};

await test(async () => {
  const page = await open();
  const path = await session();
  const { row } = parts(page);
  await outcome(page, "Ready");
  const good = async () => (await server(`${path}/instances`)).body.items.find(({ name }) => name === "good");
  const given = async (words, is = true) => until(words, async () => Boolean((await good()).data.screenshot) === is);
  const picture = page.getByAltText("The thumbnail of good");
  const width = () => picture.evaluate(async (image) => { await image.decode(); return image.naturalWidth; });
  await row("good").click();

  await page.evaluate(PASTE, ["paste", "image/png"]);
  await given("it was pasted");
  await picture.waitFor();
  equal(await width(), 800, "the longer side");
  // It is a part of the data, which every frontend reads.
  equal((await good()).data.screenshot.startsWith("data:image/jpeg;base64,"), true, "its form");
  equal((await page.locator(".datum").allTextContents()).some((text) => text.includes("base64")), false, "the data has it as text");

  await collectAgain(page);
  await row("good").click();
  await given("it is there after a reset");
  await picture.waitFor();
  await page.getByRole("button", { name: "Take the picture away" }).click();
  await given("it is gone", false);
  await until("the page shows none", async () => (await picture.count()) === 0);

  await page.evaluate(PASTE, ["drop", "image/png"]);
  await given("it was dropped");
  await picture.waitFor();
  await page.getByRole("button", { name: "Take the picture away" }).click();
  await given("it is gone again", false);

  for (const [type, said] of [["text/plain", "is not a picture that can be used here"], ["image/svg+xml", "is not a picture"], ["image/png", "cannot be read"]]) {
    await page.evaluate(PASTE, ["paste", type, "no picture"]);
    const notice = page.locator(".notice").filter({ hasText: said });
    await notice.waitFor();
    await notice.getByRole("button").click();
  }
  await given("nothing was sent", false);

  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Give it a picture …" }).click()]);
  await chooser.setFiles({ name: "dot.gif", mimeType: "image/gif", buffer: Buffer.from("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=", "base64") });
  await given("it was chosen");
});
