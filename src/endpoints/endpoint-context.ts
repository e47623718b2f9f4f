/**
 * What every endpoint's `run` gets besides the request, such as the connectors by their names. Empty here; whoever
 * passes `context` to `createServer` declares its properties by merging into this interface.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface EndpointContext {}
