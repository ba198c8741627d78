// The few things that the adapter does with files, with WASI's own words: there is no `fs` in the sandbox.

import { getDirectories } from "wasi:filesystem/preopens@0.2.12";

// How many bytes are read at once.
const CHUNK = 1 << 20;

/** The names of the files in a folder, sorted. */
export function list(path) {
  return words(`list ${path}`, () => {
    const [folder, inner] = open(path);
    const inside = inner === "" ? folder : folder.openAt({}, inner, { directory: true }, { read: true });
    const entries = inside.readDirectory();
    const names = [];
    for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) {
      if (entry.type === "regular-file") names.push(entry.name);
    }
    return names.sort();
  });
}

/** Copies a file, over one that is there. */
export function copy(from, to) {
  words(`copy ${from} to ${to}`, () => {
    const [source, name] = open(from);
    const [target, newName] = open(to);
    const input = source.openAt({}, name, {}, { read: true });
    const output = target.openAt({}, newName, { create: true, truncate: true }, { write: true });
    let place = 0n;
    for (let ended = false; !ended; ) {
      let bytes;
      [bytes, ended] = input.read(BigInt(CHUNK), place);
      while (bytes.length > 0) {
        const written = output.write(bytes, place);
        bytes = bytes.subarray(Number(written));
        place += written;
      }
    }
  });
}

/** Renames a file. */
export function rename(from, to) {
  words(`rename ${from} to ${to}`, () => {
    const [source, name] = open(from);
    const [target, newName] = open(to);
    source.renameAt(name, target, newName);
  });
}

/** The granted folder that a path lies in, and the path inside it. */
function open(path) {
  for (const [folder, root] of getDirectories()) {
    if (path === root) return [folder, ""];
    if (path.startsWith(`${root}/`)) return [folder, path.slice(root.length + 1)];
  }
  throw new Error("no folder is granted there");
}

/** WASI's errors are single words, such as `no-entry`; here they say what was tried. */
function words(what, work) {
  try {
    return work();
  } catch (error) {
    throw new Error(`cannot ${what}: ${error?.payload ?? error?.message ?? error}`);
  }
}
