// Which teams are sampled. What is kept is sealed with the admin key, so without one nothing can be.

import type { ContentPolicy } from '../core/sampled-content.ts'
import type { Config } from './config.ts'
import type { ContentTeams } from './content-schema.ts'
import type { Report } from './environment.ts'

const DAY_MS = 86_400_000

export function buildContentTeams(
  sections: ContentTeams,
  admin: Config['admin'],
  report: Report,
): ReadonlyMap<string, ContentPolicy> {
  const teams = Object.entries(sections)
  if (teams.length > 0 && admin.key === null) {
    const wanted = 'FARTHING_ADMIN_KEY in the environment: samples are sealed with it, and read with it'
    report({ path: 'content.teams', problem: 'are sampled without an admin key', wanted })
  }
  return new Map(
    teams.map(([team, { sample, retention_days: days, redact, patterns }]) => [
      team,
      { sample, retentionMs: days * DAY_MS, redact, patterns },
    ]),
  )
}
