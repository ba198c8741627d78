// Publishes the files of a folder: finds them, checks their names, copies them.
//
// The description at the end says what the adapter is and asks for, and lists its plug-ins.

import { PublishError, log, serve, setting, writable } from "./sdk.js";
import * as files from "./files.js";

// The two folders, as the adapter sees them; the user chooses the folders of the machine.
const WORK = "/work";
const PUBLISH = "/publish";

const collectFiles = {
  name: "CollectFiles",
  doc: "Find the files of the work folder.",
  order: "collect",
  on: "context",

  process(context, { settings }) {
    for (const name of files.list(WORK)) {
      if (!settings.ignore.some((ending) => name.endsWith(ending))) {
        log.info(`Found ${name}`);
        context.create(name, { family: "file", file: name });
      }
    }
  },
};

const validateName = {
  name: "ValidateName",
  doc: "Names are lower case, without spaces. Repair renames the file.",
  order: "validate",
  families: ["file"],
  actions: [{ id: "show-name", label: "Show the good name", on: "failed" }],

  process(instance) {
    const { file } = instance.data;
    const good = goodName(file);
    if (file !== good) {
      const message = `${file} has capitals or spaces: rename it to ${good}, or repair`;
      throw new PublishError(message, { title: "Bad name" });
    }
  },

  repair(instance) {
    const { file } = instance.data;
    const good = goodName(file);
    if (files.list(WORK).includes(good)) {
      throw new PublishError(
        `${file} cannot become ${good}, which is there already: rename one of them`,
      );
    }
    files.rename(WORK, file, good);
    log.info(`Renamed ${file} to ${good}`);
    instance.set("file", good);
  },

  act(action, target) {
    // The instance that the user means, or the context: then all of them.
    const instances = target.instances ? [...target.instances.values()] : [target];
    for (const { data } of instances) log.info(`${data.file} becomes ${goodName(data.file)}`);
  },
};

const extractFile = {
  name: "ExtractFile",
  doc: "Copy the file to the publish folder. What is published is never replaced.",
  order: "extract",
  families: ["file"],

  process(instance) {
    const { file } = instance.data;
    const [copied] = copyNew(file);
    log.info(`Published ${file}`);
    instance.set("sha256", copied.sha256);
  },
};

/** Copies a file that is not published yet. */
function copyNew(file) {
  try {
    return files.copy(WORK, PUBLISH, [file], { progress: [0, 1] });
  } catch (error) {
    if (error.code !== "already-exists") throw error;
    throw new PublishError(`${file} is published already: rename it, or remove what is published`);
  }
}

function goodName(name) {
  return name.toLowerCase().replaceAll(" ", "_");
}

// The exports of the component.
export const service = serve({
  name: "my-adapter",
  version: "0.1.0",
  doc: "Publishes the files of a folder.",
  hosts: ["files"],
  settings: [setting("ignore", "texts", "Files whose names end like this are ignored.", [".tmp"])],
  grants: [
    writable(WORK, "The files to publish; repair renames them."),
    writable(PUBLISH, "Where it is published."),
  ],
  plugins: [collectFiles, validateName, extractFile],
});
