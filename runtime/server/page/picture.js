// A picture that the user gives an instance: pasted, dropped or chosen. It is made small here, because
// it is a part of the instance's data.

/** The longer side, in pixels. */
const SIDE = 800;

/** The largest file that the browser is asked to decode, in bytes. */
const LARGEST = 64 << 20;

const TYPES = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);
const WHICH = "Use a PNG, JPEG, WebP or GIF.";

/** What a paste or a drop holds, if it is a file. */
export const fileOf = (transfer) => [...(transfer?.files ?? [])][0] ?? null;

/** The picture in base64, small enough to be sent. Its errors are for the user. */
export async function pictureOf(file) {
  if (!TYPES.has(file.type)) throw new Error(`“${file.name || "This"}” is not a picture that can be used here. ${WHICH}`);
  if (file.size > LARGEST) throw new Error(`“${file.name}” has ${Math.round(file.size / 1_000_000)} MB, which is too much. Take a smaller picture.`);
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`“${file.name || "The picture"}” cannot be read: it is damaged, or no picture. ${WHICH}`);
  }
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pencil = canvas.getContext("2d");
  // JPEG has no transparency.
  pencil.fillStyle = "white";
  pencil.fillRect(0, 0, canvas.width, canvas.height);
  pencil.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const [, picture] = canvas.toDataURL("image/jpeg", 0.85).split(",");
  return picture;
}
