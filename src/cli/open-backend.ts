// Where the command line does its work: on the store that the configuration names, or over a running gateway's admin API.

import { type Environment, variable } from '../config/environment.ts'
import type { AdminBackend, ExplainRequest } from './admin-backend.ts'
import type { Answer } from './answer.ts'
import { UsageError } from './command.ts'
import { createRemoteBackend, type GatewayAddress } from './remote-backend.ts'

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

/** By a running gateway, else from the configuration. */
export async function askExplanation(env: Environment, request: ExplainRequest): Promise<Answer> {
  const gateway = readGateway(env)
  if (gateway !== null) return createRemoteBackend(gateway).explain(request)
  const { explainLocally } = await import('./local-explain.ts')
  return explainLocally(env, request)
}

async function openBackend(env: Environment): Promise<AdminBackend> {
  const gateway = readGateway(env)
  if (gateway !== null) return createRemoteBackend(gateway)
  // Not before it is needed: the stores' libraries take longer to load than a call to a gateway takes.
  const { openLocalBackend } = await import('./local-backend.ts')
  return openLocalBackend(env)
}

/** Null where the environment names none. */
function readGateway(env: Environment): GatewayAddress | null {
  const url = variable(env, 'FARTHING_URL')
  if (url === null) return null
  const adminKey = variable(env, 'FARTHING_ADMIN_KEY')
  if (adminKey === null) {
    throw new UsageError(
      'FARTHING_URL is set, so FARTHING_ADMIN_KEY must be set too, to the admin key of that gateway',
    )
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError('FARTHING_URL must be the address of a gateway, such as http://127.0.0.1:8080')
  }
  return { url, adminKey }
}
