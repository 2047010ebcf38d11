// The configuration of the process that the command line runs in.

import type { Config } from '../config/config.ts'
import { type Environment, variable } from '../config/environment.ts'
import { DEFAULT_CONFIG_FILE, loadConfig } from '../config/load-config.ts'

/** Throws ConfigError. */
export function loadOwnConfig(env: Environment): Config {
  return loadConfig({ file: variable(env, 'FARTHING_CONFIG') ?? DEFAULT_CONFIG_FILE, env })
}
