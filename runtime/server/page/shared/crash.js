// Tells a plug-in that found something wrong from one that is itself broken. Both fail, but the
// artist can only mend the first.

/** Errors of Python that say that the code is wrong, and of an adapter that went down. */
const KINDS = new Set([
  "AttributeError", "NameError", "UnboundLocalError", "TypeError", "KeyError", "IndexError", "LookupError", "ImportError",
  "ModuleNotFoundError", "SyntaxError", "IndentationError", "TabError", "ZeroDivisionError", "RecursionError", "MemoryError",
  "NotImplementedError", "SystemError", "UnicodeDecodeError", "UnicodeEncodeError", "StopIteration", "OverflowError",
]);

/** Whether the plug-in itself broke down. */
export const isCrash = (error) => KINDS.has(error.kind);
