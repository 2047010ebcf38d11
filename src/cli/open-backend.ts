// Where the command line does its work: on the store that the configuration names, or over a running gateway's admin API.

import { type Environment, variable } from '../config/environment.ts'
import type { AdminBackend } from './admin-backend.ts'
import { UsageError } from './command.ts'
import { createRemoteBackend } from './remote-backend.ts'

/** Opens it, lets `use` work with it, and closes it whatever happens. */
export async function withBackend<Result>(
  env: Environment,
  use: (backend: AdminBackend) => Promise<Result>,
): Promise<Result> {
  const backend = await openBackend(env)
  try {
    return await use(backend)
  } finally {
    await backend.close()
  }
}

async function openBackend(env: Environment): Promise<AdminBackend> {
  const url = variable(env, 'FARTHING_URL')
  if (url === null) {
    // Not before it is needed: the stores' libraries take longer to load than a call to a gateway takes.
    const { openLocalBackend } = await import('./local-backend.ts')
    return openLocalBackend(env)
  }
  const adminKey = variable(env, 'FARTHING_ADMIN_KEY')
  if (adminKey === null) {
    throw new UsageError(
      'FARTHING_URL is set, so FARTHING_ADMIN_KEY must be set too, to the admin key of that gateway',
    )
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError('FARTHING_URL must be the address of a gateway, such as http://127.0.0.1:8080')
  }
  return createRemoteBackend(url, adminKey)
}
