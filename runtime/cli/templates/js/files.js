// What the adapter does with files. The sandbox has no `fs`: these are WASI's interfaces, and the
// runtime's own for copies.

import { copy as copyFiles } from "pyblish:endpoint/files@0.2.0";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
import { Cancelled, PublishError, currentCall, dispose, using } from "./sdk.js";

/** The names of the files in a folder, sorted. */
export function list(path) {
  return saying(`list ${path}`, () =>
    inFolder(path, (folder) =>
      using(folder.readDirectory(), (entries) => {
        const names = [];
        for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) {
          if (entry.type === "regular-file") names.push(entry.name);
        }
        return names.sort();
      }),
    ),
  );
}

/** Renames a file of a folder; replaces a file with the new name. */
export function rename(path, from, to) {
  saying(`rename ${path}/${from} to ${to}`, () =>
    inFolder(path, (folder) => folder.renameAt(from, folder, to), { write: true }),
  );
}

/**
 * Copies files from one folder to another: all of them, or none. `names` has the path of each file
 * beneath the source folder, or a pair of that and of the new path beneath the target folder, which
 * must not exist. The runtime copies several at once, and all are on disk at the end.
 *
 * `verify` reads each copy again; `progress`, for example `[0.1, 0.9]`, is the part of the call that
 * this is. Returns the `size` and the `sha256` of each copy.
 */
export function copy(source, target, names, { verify = false, progress } = {}) {
  const files = names.map((name) => {
    const [from, to] = Array.isArray(name) ? name : [name, name];
    return { source: from, target: to };
  });
  const range = progress && { begin: progress[0], end: progress[1] };
  return saying(`copy from ${source} to ${target}`, () =>
    inFolder(source, (from) =>
      inFolder(
        target,
        (to) => {
          try {
            return copyFiles(currentCall(), from, to, files, { verify, progress: range });
          } catch (error) {
            if (!error?.payload?.code) throw error;
            const { code, index, side, reason } = error.payload;
            if (code === "cancelled") throw new Cancelled();
            const folder = { source, target }[side];
            const path = files[index] ? `${folder}/${files[index][side]}` : folder;
            const failed = new PublishError(`${path} ${reason}`, { title: "Not copied", kind: "CopyError" });
            // For a plug-in that says more, for example of `already-exists`.
            failed.code = code;
            throw failed;
          }
        },
        { write: true },
      ),
    ),
  );
}

/** Opens a folder, and closes it when the work is done. */
function inFolder(path, work, { write = false } = {}) {
  const grants = getDirectories();
  try {
    const grant = grants.find(([, root]) => path === root || path.startsWith(`${root}/`));
    if (!grant) throw new PublishError("no folder is granted there");
    const [folder, root] = grant;
    const inner = path.slice(root.length + 1) || ".";
    const flags = write ? { read: true, mutateDirectory: true } : { read: true };
    return using(folder.openAt({ symlinkFollow: true }, inner, { directory: true }, flags), work);
  } finally {
    for (const [folder] of grants) dispose(folder);
  }
}

/** Adds what was tried to WASI's errors, which are single words, such as `no-entry`. */
function saying(what, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof PublishError) throw error;
    throw new PublishError(`cannot ${what}: ${error?.payload ?? error?.message ?? error}`, { kind: "FileError" });
  }
}
