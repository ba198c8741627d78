// Builds the adapter, and publishes with it, as an artist would: `npm test`.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ADAPTER, build, endpoint } from "./build.mjs";
import { Harness } from "./harness.mjs";

// Only now, because the harness replaces what the adapter imports.
const { service } = await import("./adapter.js");

/** A folder with a work and a publish folder in it, which is removed when the test ends. */
function folders(t) {
  const place = mkdtempSync(join(tmpdir(), "my-adapter-"));
  t.after(() => rmSync(place, { recursive: true }));
  const [work, published] = [join(place, "work"), join(place, "publish")];
  mkdirSync(work);
  mkdirSync(published);
  return { place, work, published };
}

/** A session in Node with these folders, whose files are collected. */
function collected({ work, published }) {
  const session = new Harness(service, { folders: { "/work": work, "/publish": published } });
  assert.equal(session.process("CollectFiles").failure, undefined);
  return session;
}

/** Publishes the files in `work`; returns the exit code and the problems in the report. */
function publish(place) {
  const report = join(place, "report.json");
  const code = endpoint(
    ...["publish", "--adapter", ADAPTER],
    ...["--dir", `${join(place, "work")}=/work`, "--dir", `${join(place, "publish")}=/publish`],
    ...["--history-dir", join(place, "history"), "--report", report],
  );
  return { code, problems: JSON.parse(readFileSync(report, "utf8")).problems };
}

test("a bad name is repaired, by an action too", (t) => {
  const place = folders(t);
  writeFileSync(join(place.work, "My Hero.txt"), "hero");
  writeFileSync(join(place.work, "My Rig.txt"), "rig");
  const session = collected(place);
  const { failure } = session.process("ValidateName", "My Hero.txt");
  assert.equal(failure.title, "Bad name");
  assert.deepEqual(failure.kind, { tag: "raised", val: "PublishError" });
  assert.equal(session.repair("ValidateName", "My Hero.txt").failure, undefined);
  assert.equal(session.process("ValidateName", "My Hero.txt").failure, undefined);
  // The action is about the instance that the user means.
  assert.equal(session.act("ValidateName", "show-name", "My Rig.txt").failure, undefined);
  assert.equal(session.records.at(-1), "info: My Rig.txt becomes my_rig.txt");
});

test("a frontend's value is taken over, and a missing file is named", (t) => {
  const place = folders(t);
  writeFileSync(join(place.work, "hero.txt"), "hero");
  const session = collected(place);
  const { changes } = session.set("hero.txt", "file", "rig.txt");
  assert.deepEqual(changes[0].val.value, { tag: "text", val: "rig.txt" });
  const { failure } = session.process("ExtractFile", "hero.txt");
  assert.equal(failure.message, "/work/rig.txt does not exist");
});

test("what is published is never replaced", (t) => {
  const place = folders(t);
  writeFileSync(join(place.work, "hero.txt"), "hero");
  const session = collected(place);
  assert.equal(session.process("ExtractFile", "hero.txt").failure, undefined);
  const { failure } = session.process("ExtractFile", "hero.txt");
  assert.match(failure.message, /is published already/);
});

test("a cancelled copy leaves nothing, and pairs are told in groups", (t) => {
  const place = folders(t);
  for (const name of ["a.txt", "b.txt"]) writeFileSync(join(place.work, name), name);
  const session = collected(place);
  const { failure } = session.cancelled(() => session.process("ExtractFile", "a.txt"));
  assert.deepEqual(failure.kind, { tag: "cancelled" });
  assert.deepEqual(readdirSync(place.published), []);
  const pairs = ["a.txt", "b.txt"].map((name) => ["ValidateName", name]);
  assert.equal(session.processAll(pairs).length, 2);
});

test("files are checked and published", async (t) => {
  await build();
  const { place, work, published } = folders(t);
  writeFileSync(join(work, "Hero One.txt"), "hero");
  writeFileSync(join(work, "notes.tmp"), "none of it");

  const bad = publish(place);
  assert.equal(bad.code, 1, "a bad name stops it");
  assert.equal(bad.problems[0].title, "Bad name");
  assert.match(bad.problems[0].traceback, /adapter\.js/);
  assert.ok(!existsSync(join(published, "Hero One.txt")));

  renameSync(join(work, "Hero One.txt"), join(work, "hero_one.txt"));
  // More than the handles that an adapter may hold: each copy gives its own back.
  for (let n = 1; n < 1000; n += 1) writeFileSync(join(work, `hero.${n}.txt`), `${n}`);
  assert.deepEqual(publish(place), { code: 0, problems: [] });
  assert.equal(readdirSync(published).length, 1000);
  assert.equal(readFileSync(join(published, "hero_one.txt"), "utf8"), "hero");
});
