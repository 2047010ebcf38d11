// Targets of webhooks: where they are, and the secret that signs what they are told.

import type { WebhookConfig } from './config.ts'
import type { Environment, Report } from './environment.ts'
import type { WebhookSection } from './schema.ts'
import { readSecret } from './secret-choice.ts'

export function buildWebhooks(
  sections: readonly WebhookSection[],
  env: Environment,
  report: Report,
): readonly WebhookConfig[] {
  const seen = new Set<string>()
  return sections.flatMap((section, index) => {
    const path = `webhooks[${index}]`
    const url = readUrl(section, `${path}.url`, report)
    const { secret: written, secret_env: variable } = section
    const secret = readSecret({ path, name: 'secret', written, variable }, env, report)
    if (written === undefined && variable === undefined) {
      const wanted = 'secret or secret_env: what is sent is signed with it'
      report({ path, problem: 'has no secret', wanted })
    }
    if (url === null || secret === null) return []
    if (seen.has(url.href))
      report({ path: `${path}.url`, problem: 'stands there twice', wanted: 'each target once' })
    seen.add(url.href)
    return [{ url, secret, allowsPrivate: section.allow_private }]
  })
}

/** Never quoted: such URLs carry secrets. */
function readUrl(
  { url: text, allow_private: allowsPrivate }: WebhookSection,
  path: string,
  report: Report,
): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null
  const problem = url === null ? 'is not a URL' : urlProblem(url, allowsPrivate)
  if (problem === null) return url
  report({ path, problem, wanted: 'an absolute https:// URL; http:// too where allow_private is true' })
  return null
}

function urlProblem(url: URL, allowsPrivate: boolean): string | null {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowsPrivate))
    return `has the scheme ${url.protocol}//`
  if (url.username !== '' || url.password !== '') return 'has a user name or password in it'
  return url.hash === '' ? null : 'has a fragment'
}
