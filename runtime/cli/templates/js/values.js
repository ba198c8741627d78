// The values of `data` in JavaScript, and as they cross the border to the runtime.

const MOST = 2n ** 63n;

/** A value with its type; lists and objects that the contract has no type for are JSON text. */
export function toValue(value) {
  switch (typeof value) {
    case "undefined":
      return { tag: "null" };
    case "boolean":
      return { tag: "boolean", val: value };
    case "string":
      return { tag: "text", val: value };
    case "bigint":
      if (value >= -MOST && value < MOST) return { tag: "integer", val: value };
      return { tag: "json", val: String(value) };
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
        return { tag: "integer", val: BigInt(value) };
      }
      if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be data: use null or a text`);
      return { tag: "number", val: value };
  }
  if (value === null) return { tag: "null" };
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return { tag: "texts", val: value };
  }
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} cannot be data`);
  return { tag: "json", val: text };
}

/** The value in JavaScript. An integer that a number cannot hold is a BigInt. */
export function fromValue({ tag, val }) {
  switch (tag) {
    case "null":
      return null;
    case "integer":
      return Number.isSafeInteger(Number(val)) ? Number(val) : val;
    case "texts":
      return [...val];
    case "json":
      return JSON.parse(val);
    default:
      return val;
  }
}

/** The entries of an object, as the runtime takes them. */
export function toDatums(data) {
  return Object.entries(data).map(([key, value]) => ({ key, value: toValue(value) }));
}
