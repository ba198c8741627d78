// Builds the adapter, and publishes with it, as an artist would: `npm test`.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ADAPTER, build, endpoint } from "./build.mjs";

/** Publishes what is in `work`; answers the exit code and the problems in the report. */
function publish(place) {
  const report = join(place, "report.json");
  const code = endpoint(
    ...["publish", "--adapter", ADAPTER],
    ...["--dir", `${join(place, "work")}=/work`, "--dir", `${join(place, "publish")}=/publish`],
    ...["--history-dir", join(place, "history"), "--report", report],
  );
  return { code, problems: JSON.parse(readFileSync(report, "utf8")).problems };
}

test("files are checked and published", async (t) => {
  await build();
  const place = mkdtempSync(join(tmpdir(), "my-adapter-"));
  t.after(() => rmSync(place, { recursive: true }));
  const work = join(place, "work");
  const published = join(place, "publish");
  mkdirSync(work);
  mkdirSync(published);
  writeFileSync(join(work, "Hero One.txt"), "hero");
  writeFileSync(join(work, "notes.tmp"), "none of it");

  const bad = publish(place);
  assert.equal(bad.code, 1, "a bad name stops it");
  assert.equal(bad.problems[0].title, "Bad name");
  assert.match(bad.problems[0].traceback, /adapter\.js/);
  assert.ok(!existsSync(join(published, "Hero One.txt")));

  renameSync(join(work, "Hero One.txt"), join(work, "hero_one.txt"));
  assert.deepEqual(publish(place), { code: 0, problems: [] });
  assert.equal(readFileSync(join(published, "hero_one.txt"), "utf8"), "hero");
  assert.ok(!existsSync(join(published, "notes.tmp")));
});
