// Tags of a request: those of its key, and those that it brings, where its key lets it.

import type { CallerPolicy } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'

type Tags = Readonly<Record<string, string>>

/** Throws GatewayError `invalid_request` about a tag that the key does not allow. */
export function mergeTags({ tags, requestTags }: CallerPolicy, brought: Tags): Tags {
  if (requestTags !== null) {
    for (const [name, value] of Object.entries(brought)) {
      const values = Object.hasOwn(requestTags, name) ? requestTags[name] : undefined
      if (values === null || values?.includes(value) === true) continue
      throw notAllowed(`${name}=${value}`, requestTags)
    }
  }
  return { ...tags, ...brought }
}

function notAllowed(tag: string, requestTags: NonNullable<CallerPolicy['requestTags']>): GatewayError {
  const allowed = Object.entries(requestTags).map(
    ([name, values]) => `${name}=${values?.join('|') ?? '(any)'}`,
  )
  return new GatewayError(
    'invalid_request',
    `"x-farthing-tags" has ${tag}, which the key's request_tags do not allow; they allow ${allowed.join(', ') || 'none'}.`,
    { param: 'x-farthing-tags' },
  )
}
