/**
 * Whether a Content-Type says JSON: `application/json`, or whatever else is JSON by its suffix (RFC 6839), such as
 * Splunk's relative `application/x+json`. Parameters may follow.
 */
export function isJsonType(contentType: string | undefined): boolean {
  return /^application\/(?:json|[\w.!#$&^-]+\+json)[ \t]*(?:;|$)/i.test(contentType ?? '')
}
