// What a provider builds and the upstream room sends: one HTTP request as plain data.

export interface UpstreamRequest {
  readonly method: 'POST'
  /** Appended to the provider's base URL. */
  readonly path: string
  /** Without authentication. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Parameters of the client's that were left out: hints by the standard, which this provider would refuse. */
  readonly dropped: readonly string[]
}
