// What a provider builds and the upstream room sends: one HTTP request as plain data.

/** `path` is appended to the provider's base URL. `headers` never include the API key's absence: they are complete. */
export interface UpstreamRequest {
  readonly method: 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}
