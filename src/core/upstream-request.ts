// What a provider builds and the upstream room sends: one HTTP request as plain data.

export interface UpstreamRequest {
  readonly method: 'POST'
  /** Appended to the provider's base URL. */
  readonly path: string
  /** Without authentication. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** The answer comes as a stream, whether or not the client asked for one. */
  readonly isStream: boolean
  /** The client's names of tools, by those that the provider was given instead. */
  readonly toolNames: ReadonlyMap<string, string>
  /** Parameters of the client's that were left out: hints by the standard, which this provider would refuse. */
  readonly dropped: readonly string[]
}

export const NO_TOOL_NAMES: UpstreamRequest['toolNames'] = new Map()
