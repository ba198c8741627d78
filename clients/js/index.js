// A client of Pyblish Endpoint's REST v2. See README.md.
export { Endpoint } from "./src/endpoint.js";
export { EndpointError } from "./src/error.js";
export { Job } from "./src/job.js";
export { Run } from "./src/run.js";
export { Session } from "./src/session.js";
