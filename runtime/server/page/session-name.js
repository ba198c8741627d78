// What a session is called: by its host, and by the scene or the folder that is open in it.

const NAMES = { "3dsmax": "3ds Max", cinema4d: "Cinema 4D", freecad: "FreeCAD", aftereffects: "After Effects" };

/** Programs write their names with a capital letter. */
function hostName(host) {
  return Object.hasOwn(NAMES, host) ? NAMES[host] : host.charAt(0).toUpperCase() + host.slice(1);
}

/** The last part of a path of any system. */
const lastPart = (path) => path.replace(/[\\/]+$/, "").split(/[\\/]/).at(-1);

const text = (value) => (typeof value === "string" && value.trim() ? value : null);

/** The scene or folder: the file that is open now, or what the host works on. */
function scene(session) {
  const path = text(session.scene?.file) ?? text(session.host?.inbox) ?? text(session.host?.workspace);
  return path === null ? null : lastPart(path);
}

/** The name, such as “Blender – shot010_v003.blend”. Without a scene, the id tells sessions apart. */
export function sessionName(session) {
  const host = hostName(text(session.host?.host) ?? session.hosts?.[0] ?? session.adapter);
  return `${host} – ${scene(session) ?? session.id}`;
}
