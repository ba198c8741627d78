/** An answer that is an error, or no answer. Programs read `code`, users read `message`. */
export class EndpointError extends Error {
  constructor(message, { status = 0, code = "no-answer", problem = null, cause } = {}) {
    super(message, { cause });
    this.name = "EndpointError";
    /** The status of the answer; 0 if there was none. */
    this.status = status;
    /** What is wrong, for programs: the same in all versions. */
    this.code = code;
    /** The problem as the server sent it (RFC 9457). */
    this.problem = problem;
  }
}
