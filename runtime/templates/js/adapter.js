// Publishes the files of a folder: finds them, checks their names, copies them.
//
// The description at the end says what the adapter is and asks for, and lists what it does: the plug-ins below.

import { PublishError, log, serve, setting, writable } from "./sdk.js";
import * as files from "./files.js";

// The two folders, as the adapter sees them; which folders of the machine they are, the user says.
const WORK = "/work";
const PUBLISH = "/publish";

const collectFiles = {
  name: "CollectFiles",
  doc: "Find the files of the work folder.",
  order: "collect",
  on: "context",

  process(context, settings) {
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
    files.rename(`${WORK}/${file}`, `${WORK}/${good}`);
    log.info(`Renamed ${file} to ${good}`);
    instance.set("file", good);
  },
};

const extractFile = {
  name: "ExtractFile",
  doc: "Copy the file to the publish folder.",
  order: "extract",
  families: ["file"],

  process(instance) {
    const { file } = instance.data;
    files.copy(`${WORK}/${file}`, `${PUBLISH}/${file}`);
    log.info(`Published ${file}`);
  },
};

function goodName(name) {
  return name.toLowerCase().replaceAll(" ", "_");
}

// What the component exports.
export const service = serve({
  name: "my-adapter",
  version: "0.1.0",
  doc: "Publishes the files of a folder.",
  hosts: ["files"],
  settings: [setting("ignore", "texts", "Files whose names end so are left alone.", [".tmp"])],
  folders: [
    writable(WORK, "What is published, and renamed."),
    writable(PUBLISH, "Where it is published."),
  ],
  plugins: [collectFiles, validateName, extractFile],
});
