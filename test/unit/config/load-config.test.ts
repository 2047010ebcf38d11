import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { ConfigError, type ConfigProblem, formatProblems } from '../../../src/config/config-error.ts'
import { type Environment, LOG_LEVELS } from '../../../src/config/environment.ts'
import { loadConfig } from '../../../src/config/load-config.ts'

function load(text: string, env: Environment = {}): Config {
  return loadConfig({ file: '/etc/farthing/gateway.yaml', env, readFile: () => text })
}

function errorOf(text: string, env: Environment = {}): ConfigError {
  try {
    load(text, env)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

function problemsOf(text: string, env: Environment = {}): readonly ConfigProblem[] {
  return errorOf(text, env).problems
}

const openOn = (host: string) => problemsOf('auth: open', { HOST: host })
const ms = (least: number, most = 86_400_000) => `a whole number of milliseconds from ${least} to ${most}`
const TIER = 'one of economy, standard, premium, frontier'
const MODEL = 'a model of the catalogue as provider/model, such as openai/gpt-4o'
const URL_WANTED = 'an absolute http:// or https:// URL without query, fragment or password'
const ENV_NAME = 'the name of an environment variable: A-Z, 0-9 and _'
const WEBHOOK_URL = 'an absolute https:// URL; http:// too where allow_private is true'
const ALIAS_NAME =
  'a model name as applications send it, other than a tier or auto, without slash or white space'
const size = (least: number, most: number) =>
  `a number of bytes from ${least} to ${most}, plain or with KiB, MiB or GiB: 16MiB`

describe('one line per problem in the file', () => {
  test.each<[string, ConfigProblem]>([
    [
      'server: 5',
      {
        path: 'server',
        problem: 'is 5',
        wanted:
          'a mapping with host, port, workers, body_limit, request_timeout_ms, drain_timeout_ms, max_header_bytes',
      },
    ],
    [
      '[]',
      {
        path: '(the whole file)',
        problem: 'is a list',
        wanted:
          'a mapping with server, auth, metrics, catalog, routing, providers, deadlines, circuit, streams, store, budgets, limits, reasoning, keys, content, webhooks, log',
      },
    ],
    ['server: { prot: 1 }', { path: 'server.prot', problem: 'is not a known key', wanted: 'port' }],
    [
      'server: { bodyLimit: 1MiB }',
      { path: 'server.bodyLimit', problem: 'is not a known key', wanted: 'body_limit' },
    ],
    ['routin: {}', { path: 'routin', problem: 'is not a known key', wanted: 'routing' }],
    ['routin:', { path: 'routin', problem: 'is not a known key', wanted: 'routing' }],
    [
      'log: { colour_scheme: x }',
      { path: 'log.colour_scheme', problem: 'is not a known key', wanted: 'one of requests' },
    ],
    [
      'server: { host: "" }',
      { path: 'server.host', problem: 'is ""', wanted: 'a host name or an IP address' },
    ],
    [
      'server: { port: 65536 }',
      { path: 'server.port', problem: 'is 65536', wanted: 'a port number from 0 to 65535' },
    ],
    [
      'server: { port: "8080" }',
      { path: 'server.port', problem: 'is "8080"', wanted: 'a port number from 0 to 65535' },
    ],
    [
      'server: { body_limit: 12x }',
      { path: 'server.body_limit', problem: 'is "12x"', wanted: size(1024, 1_073_741_824) },
    ],
    [
      'server: { body_limit: 2GiB }',
      { path: 'server.body_limit', problem: 'is "2GiB"', wanted: size(1024, 1_073_741_824) },
    ],
    [
      'server: { max_header_bytes: 1 }',
      { path: 'server.max_header_bytes', problem: 'is 1', wanted: size(4096, 1_048_576) },
    ],
    [
      'server: { request_timeout_ms: 1.5 }',
      { path: 'server.request_timeout_ms', problem: 'is 1.5', wanted: ms(1000) },
    ],
    [
      'server: { drain_timeout_ms: -1 }',
      { path: 'server.drain_timeout_ms', problem: 'is -1', wanted: ms(0) },
    ],
    ['auth: opne', { path: 'auth.mode', problem: 'is "opne"', wanted: 'keys or open' }],
    ['auth: { mode: none }', { path: 'auth.mode', problem: 'is "none"', wanted: 'keys or open' }],
    [
      'metrics: { token: short }',
      { path: 'metrics.token', problem: 'has 5 characters', wanted: 'at least 16 characters' },
    ],
    [
      'metrics: { token: 5 }',
      { path: 'metrics.token', problem: 'is not a string', wanted: 'at least 16 characters' },
    ],
    [
      'metrics: { token_env: "a-b" }',
      { path: 'metrics.token_env', problem: 'has 3 characters', wanted: ENV_NAME },
    ],
    [
      'metrics: { token_env: ABSENT }',
      {
        path: 'metrics.token_env',
        problem: 'names ABSENT, which is not set',
        wanted: 'the name of a variable that holds the token',
      },
    ],
    [
      'metrics: { token_env: PRESENT, token: 0123456789abcdef }',
      { path: 'metrics.token_env', problem: 'stands beside metrics.token', wanted: 'one of the two' },
    ],
    [
      'webhooks: [{ url: "https://ops.example/x" }]',
      {
        path: 'webhooks[0]',
        problem: 'has no secret',
        wanted: 'secret or secret_env: what is sent is signed with it',
      },
    ],
    [
      'webhooks: [{ url: "http://ops.example/x", secret: 0123456789abcdef }]',
      { path: 'webhooks[0].url', problem: 'has the scheme http://', wanted: WEBHOOK_URL },
    ],
    [
      'webhooks: [{ url: "ops.example", secret: 0123456789abcdef, allow_private: true }]',
      { path: 'webhooks[0].url', problem: 'is not a URL', wanted: WEBHOOK_URL },
    ],
    [
      'webhooks: [{ url: "https://u:p@ops.example/", secret: 0123456789abcdef }]',
      { path: 'webhooks[0].url', problem: 'has a user name or password in it', wanted: WEBHOOK_URL },
    ],
    [
      'webhooks: [{ url: "https://ops.example/", secret_env: ABSENT }]',
      {
        path: 'webhooks[0].secret_env',
        problem: 'names ABSENT, which is not set',
        wanted: 'the name of a variable that holds the secret',
      },
    ],
    [
      'catalog: 5',
      { path: 'catalog', problem: 'is 5', wanted: 'the path of the catalogue, relative to this file' },
    ],
    [
      'budgets: { org: [{ limit_usd: -1, period: day }] }',
      {
        path: 'budgets.org[0].limit_usd',
        problem: 'is -1',
        wanted: 'a number of US dollars from 0 to 4000000, with at most twelve decimals',
      },
    ],
    [
      'budgets: { org: [{ limit_usd: .nan, period: day }] }',
      {
        path: 'budgets.org[0].limit_usd',
        problem: 'is NaN',
        wanted: 'a number of US dollars from 0 to 4000000, with at most twelve decimals',
      },
    ],
    [
      'budgets: { teams: { a: [{ limit_usd: 1e30, period: day }] } }',
      {
        path: 'budgets.teams.a[0].limit_usd',
        problem: 'is 1e+30',
        wanted: 'a number of US dollars from 0 to 4000000, with at most twelve decimals',
      },
    ],
    [
      'budgets: { projects: { p: [{ limit_usd: 1, period: year }] } }',
      {
        path: 'budgets.projects.p[0].period',
        problem: 'is "year"',
        wanted: 'one of day, week, month, total',
      },
    ],
    [
      'budgets: { org: [{ limit_usd: 1, period: day, time_zone: Mars }] }',
      {
        path: 'budgets.org[0].time_zone',
        problem: 'is "Mars"',
        wanted: 'a time zone of the IANA list, such as UTC or Europe/Berlin',
      },
    ],
    [
      'budgets: { org: [{ limit_usd: 1, period: day }, { limit_usd: 2, period: day }] }',
      { path: 'budgets.org', problem: 'is a list', wanted: 'a list of budgets, at most one for each period' },
    ],
    [
      'budgets: { org: { limit_usd: 1 } }',
      {
        path: 'budgets.org',
        problem: 'is a mapping',
        wanted: 'a list of budgets, at most one for each period',
      },
    ],
    [
      'budgets: { teams: { "a b": [] } }',
      {
        path: 'budgets.teams["a b"]',
        problem: 'has a name that cannot be used',
        wanted: 'a name of 1 to 64 letters, digits, ".", "_" or "-"',
      },
    ],
    [
      'limits: { teams: { a: { rpm: 0 } } }',
      {
        path: 'limits.teams.a.rpm',
        problem: 'is 0',
        wanted: 'a whole number of requests a minute, at least 1',
      },
    ],
    ['routing: { default_tier: best }', { path: 'routing.default_tier', problem: 'is "best"', wanted: TIER }],
    ['routing: { baseline: gpt-4o }', { path: 'routing.baseline', problem: 'is "gpt-4o"', wanted: MODEL }],
    [
      'routing: { default_output_cap: 0 }',
      { path: 'routing.default_output_cap', problem: 'is 0', wanted: 'a whole number from 1 to 1000000' },
    ],
    [
      'routing: { max_attempts: 99 }',
      { path: 'routing.max_attempts', problem: 'is 99', wanted: 'a whole number from 1 to 20' },
    ],
    [
      'routing: { aliases: { a: {} } }',
      { path: 'routing.aliases.a.tier', problem: 'is missing', wanted: TIER },
    ],
    [
      'routing: { aliases: { gpt-4.1: { tier: low } } }',
      { path: 'routing.aliases["gpt-4.1"].tier', problem: 'is "low"', wanted: TIER },
    ],
    [
      'routing: { aliases: { a: { tier: premium, base: x } } }',
      { path: 'routing.aliases.a.base', problem: 'is not a known key', wanted: 'baseline' },
    ],
    [
      'routing: { aliases: { a: { tier: premium, baseline: x } } }',
      { path: 'routing.aliases.a.baseline', problem: 'is "x"', wanted: MODEL },
    ],
    [
      'routing: { aliases: { premium: { tier: premium } } }',
      { path: 'routing.aliases.premium', problem: 'takes the name of a tier', wanted: ALIAS_NAME },
    ],
    [
      'routing: { aliases: { auto: { tier: premium } } }',
      { path: 'routing.aliases.auto', problem: 'takes the name of auto', wanted: ALIAS_NAME },
    ],
    [
      'routing: { aliases: { openai/x: { tier: premium } } }',
      { path: 'routing.aliases["openai/x"]', problem: 'is not a usable name', wanted: ALIAS_NAME },
    ],
    [
      'providers: { qwen: {} }',
      {
        path: 'providers.qwen',
        problem: 'is not a known key',
        wanted: 'one of deepseek, alibaba, moonshot, openai, anthropic, or in it kind: openai-compatible',
      },
    ],
    [
      'providers: { open_ai: {} }',
      {
        path: 'providers.open_ai',
        problem: 'is not a known key',
        wanted: 'openai, or in it kind: openai-compatible',
      },
    ],
    [
      'providers: { openai: { enabled: yes } }',
      { path: 'providers.openai.enabled', problem: 'is "yes"', wanted: 'true or false' },
    ],
    [
      'providers: { openai: { region: 5 } }',
      {
        path: 'providers.openai.region',
        problem: 'is 5',
        wanted: 'a region of this provider in the catalogue',
      },
    ],
    [
      'providers: { openai: { api_key: sk-1 } }',
      { path: 'providers.openai.api_key', problem: 'is not a known key', wanted: 'api_key_env' },
    ],
    [
      'providers: { openai: { api_key_env: sk-proj-1 } }',
      { path: 'providers.openai.api_key_env', problem: 'has 9 characters', wanted: ENV_NAME },
    ],
    [
      'providers: { openai: { on_disconnect: stop } }',
      { path: 'providers.openai.on_disconnect', problem: 'is "stop"', wanted: 'abort or drain' },
    ],
    [
      'providers: { openai: { drain: { max_ms: 1 } } }',
      { path: 'providers.openai.drain.max_ms', problem: 'is 1', wanted: ms(100) },
    ],
    [
      'providers: { openai: { drain: { max_bytes: 1 } } }',
      { path: 'providers.openai.drain.max_bytes', problem: 'is 1', wanted: size(1024, 1_073_741_824) },
    ],
    [
      'providers: { openai: { deadlines: { total_ms: 1 } } }',
      { path: 'providers.openai.deadlines.total_ms', problem: 'is 1', wanted: ms(10) },
    ],
    [
      'providers: { openai: { deadlines: { total_ms: 100 } } }',
      {
        path: 'providers.openai.deadlines.total_ms',
        problem: 'is 100',
        wanted: 'at least first_byte_ms and connect_ms (300000)',
      },
    ],
    [
      'providers: { openai: { base_url: /v1 } }',
      { path: 'providers.openai.base_url', problem: 'is not a URL', wanted: URL_WANTED },
    ],
    [
      'providers: { openai: { base_url: "ftp://x/v1" } }',
      { path: 'providers.openai.base_url', problem: 'has the scheme ftp://', wanted: URL_WANTED },
    ],
    [
      'providers: { openai: { base_url: "http://x/v1?k=1" } }',
      { path: 'providers.openai.base_url', problem: 'has a query', wanted: URL_WANTED },
    ],
    [
      'providers: { openai: { base_url: "http://x/v1#k" } }',
      { path: 'providers.openai.base_url', problem: 'has a fragment', wanted: URL_WANTED },
    ],
    [
      'providers: { openai: { base_url: "http://u:pw@x/v1" } }',
      { path: 'providers.openai.base_url', problem: 'has a user name or password in it', wanted: URL_WANTED },
    ],
    [
      'providers: { anthropic: { base_url: "http://x/v1/" } }',
      {
        path: 'providers.anthropic.base_url',
        problem: 'ends in /v1, which is added to it',
        wanted: 'the URL without /v1',
      },
    ],
    [
      'providers: { alibaba: { region: frankfurt } }',
      {
        path: 'providers.alibaba.base_url',
        problem: 'is missing, and region frankfurt has no public URL',
        wanted: 'the URL of your workspace in frankfurt, or the variable DASHSCOPE_BASE_URL',
      },
    ],
    ['deadlines: { connect_ms: 0 }', { path: 'deadlines.connect_ms', problem: 'is 0', wanted: ms(10) }],
    [
      'deadlines: { first_byte_ms: fast }',
      { path: 'deadlines.first_byte_ms', problem: 'is "fast"', wanted: ms(10) },
    ],
    [
      'deadlines: { between_chunks_ms: 1 }',
      { path: 'deadlines.between_chunks_ms', problem: 'is 1', wanted: ms(10) },
    ],
    [
      'deadlines: { total_ms: 1000 }',
      {
        path: 'deadlines.total_ms',
        problem: 'is 1000',
        wanted: 'at least first_byte_ms and connect_ms (300000)',
      },
    ],
    [
      'circuit: { failures: 0 }',
      { path: 'circuit.failures', problem: 'is 0', wanted: 'a whole number from 1 to 1000' },
    ],
    ['circuit: { window_ms: 1 }', { path: 'circuit.window_ms', problem: 'is 1', wanted: ms(100) }],
    ['circuit: { open_ms: 1 }', { path: 'circuit.open_ms', problem: 'is 1', wanted: ms(100) }],
    ['circuit: { open_long_ms: 1 }', { path: 'circuit.open_long_ms', problem: 'is 1', wanted: ms(100) }],
    ['store: { lease_ms: 1 }', { path: 'store.lease_ms', problem: 'is 1', wanted: ms(1000) }],
    [
      'store: { when_away: stop }',
      { path: 'store.when_away', problem: 'is "stop"', wanted: 'refuse or continue' },
    ],
    [
      'store: { spool_max_bytes: 1 }',
      { path: 'store.spool_max_bytes', problem: 'is 1', wanted: size(65_536, 1_099_511_627_776) },
    ],
    [
      'store: { command_timeout_ms: 1 }',
      { path: 'store.command_timeout_ms', problem: 'is 1', wanted: ms(50, 60_000) },
    ],
    ['reasoning: { keep: 1 }', { path: 'reasoning.keep', problem: 'is 1', wanted: 'true or false' }],
    ['reasoning: { ttl_ms: 0 }', { path: 'reasoning.ttl_ms', problem: 'is 0', wanted: ms(1000) }],
    ['log: { requests: on }', { path: 'log.requests', problem: 'is "on"', wanted: 'true or false' }],
  ])('%s', (text, problem) => {
    expect(problemsOf(text, { PRESENT: '0123456789abcdef' })).toEqual([problem])
  })
})

describe('one line per problem in the environment', () => {
  const REDIS = 'redis://HOST:PORT or rediss://HOST:PORT, several separated by commas for a cluster'
  test.each<[string, string, string, string]>([
    ['PORT', '80a', 'is "80a"', 'a port number from 0 to 65535'],
    ['PORT', '65536', 'is "65536"', 'a port number from 0 to 65535'],
    ['PORT', '-1', 'is "-1"', 'a port number from 0 to 65535'],
    ['LOG_LEVEL', 'loud', 'is "loud"', `one of ${LOG_LEVELS.join(', ')}`],
    ['REDIS_URL', 'http://h:1', 'does not start with redis:// or rediss://', REDIS],
    ['REDIS_URL', 'h:6379', 'does not start with redis:// or rediss://', REDIS],
    ['REDIS_URL', 'redis://h:1,rediss://i:1', 'mixes schemes', REDIS],
    ['REDIS_URL', 'redis://h:1,', 'has a part that is not a host', REDIS],
    ['FARTHING_ADMIN_KEY', 'short', 'has 5 characters', 'at least 16 characters'],
    [
      'FARTHING_ADMIN_KEY',
      'long enough but spaced',
      'contains a space, a line break or a character outside ASCII',
      'the key alone, in printable ASCII',
    ],
    [
      'OPENAI_API_KEY',
      'sk-1\nsk-2',
      'contains a space, a line break or a character outside ASCII',
      'the key alone, in printable ASCII',
    ],
    ['OPENAI_BASE_URL', 'localhost:8000/v1', 'has the scheme localhost://', URL_WANTED],
    ['DASHSCOPE_BASE_URL', 'https://x/?a=b', 'has a query', URL_WANTED],
    ['ANTHROPIC_BASE_URL', 'https://x/v1', 'ends in /v1, which is added to it', 'the URL without /v1'],
  ])('%s=%s', (name, value, problem, wanted) => {
    expect(problemsOf('', { [name]: value })).toEqual([{ path: `env ${name}`, problem, wanted }])
  })

  test('an empty variable counts as not set', () => {
    const names = [
      'PORT',
      'HOST',
      'LOG_LEVEL',
      'REDIS_URL',
      'FARTHING_ADMIN_KEY',
      'OPENAI_API_KEY',
      'OPENAI_BASE_URL',
    ]
    const config = load('', Object.fromEntries(names.map((name) => [name, ' '])))
    expect(config).toEqual(load(''))
  })
})

describe('the file itself', () => {
  test('a file that is not there', () => {
    const file = '/nowhere/gateway.yaml'
    expect(() => loadConfig({ file, env: {} })).toThrow(
      '/nowhere/gateway.yaml: cannot be read (ENOENT); wanted: a readable YAML file; FARTHING_CONFIG names another than config/gateway.yaml',
    )
  })

  test('a syntax error has line and column', () => {
    const [problem] = problemsOf('server:\n  port: 1\n  port: 2\n')
    expect(problem).toEqual({
      path: '/etc/farthing/gateway.yaml:3:3',
      problem: 'is not YAML: Map keys must be unique',
      wanted: 'a YAML mapping',
    })
  })

  test.each([
    ['x', 'cannot be read: Excessive alias count'],
    ['', 'is not a known key'],
  ])('anchors that multiply do no harm (%s)', (seed, problem) => {
    const lines = Array.from({ length: 12 }, (_, level) => {
      const repeated = `*a${level - 1},`.repeat(level === 0 ? 0 : 9)
      return `a${level}: &a${level} [${level === 0 ? seed : repeated}]`
    })
    expect(problemsOf(lines.join('\n'))[0]?.problem).toContain(problem)
  })

  test('all problems come at once, a line each', () => {
    const text = formatProblems(
      errorOf('server: { prot: 1, port: x }\ncircuit: { failures: 0 }', { PORT: 'x' }),
    )
    expect(text).toBe(
      'env PORT: is "x"; wanted: a port number from 0 to 65535\n' +
        'server.port: is "x"; wanted: a port number from 0 to 65535\n' +
        'server.prot: is not a known key; wanted: port\n' +
        'circuit.failures: is 0; wanted: a whole number from 1 to 1000\n',
    )
  })

  test('an open gateway listens on loopback only', () => {
    const wanted = 'keys, or a loopback address (127.0.0.1) in server.host and HOST'
    expect(openOn('0.0.0.0')).toEqual([
      { path: 'auth.mode', problem: 'is open while the gateway listens on 0.0.0.0', wanted },
    ])
    expect(openOn('::')).toHaveLength(1)
    expect(openOn('127.0.0.1.example.com')).toHaveLength(1)
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) {
      expect(load('auth: open', { HOST: host }).auth.mode).toBe('open')
    }
  })
})

describe('what is loaded', () => {
  test('nothing said: the defaults', () => {
    const config = load('server:\n  # port: 1\n')
    expect(config.server).toEqual({
      host: '127.0.0.1',
      port: 8080,
      workers: 1,
      bodyLimitBytes: 16_777_216,
      requestTimeoutMs: 60_000,
      drainTimeoutMs: 30_000,
      maxHeaderBytes: 32_768,
    })
    expect(config.catalogPath).toBe('/etc/farthing/catalog.yaml')
    expect(config.store).toMatchObject({ redisUrl: null, dataDir: './data', whenAway: 'continue' })
    expect([...config.providers.values()].map(({ id, offBecause }) => [id, offBecause])).toEqual([
      ['deepseek', 'DEEPSEEK_API_KEY is not set'],
      ['alibaba', 'DASHSCOPE_API_KEY is not set'],
      ['moonshot', 'MOONSHOT_API_KEY is not set'],
      ['openai', 'OPENAI_API_KEY is not set'],
      ['anthropic', 'ANTHROPIC_API_KEY is not set'],
    ])
    expect(config.providers.get('alibaba')?.onDisconnect).toBe('drain')
  })

  test('HOST and PORT win over the file', () => {
    const { server } = load('server: { host: 10.0.0.1, port: 1 }', { HOST: '10.0.0.2', PORT: '0' })
    expect(server).toMatchObject({ host: '10.0.0.2', port: 0 })
  })

  test.each([
    ['4096', 4096],
    ['4096B', 4096],
    ['64KiB', 65_536],
    ['"2 MiB"', 2_097_152],
    ['1GiB', 1_073_741_824],
  ])('a size of %s', (written, bytes) => {
    expect(load(`server: { body_limit: ${written} }`).server.bodyLimitBytes).toBe(bytes)
  })

  test('base URLs: environment, then file, then region, then the vendor; the path stays, the last slash goes', () => {
    const url = (text: string, env: Environment = {}) =>
      load(text, env).providers.get('alibaba')?.baseUrl.href
    const file = 'providers: { alibaba: { region: beijing, base_url: "http://file/p/v1/" } }'
    expect(url(file, { DASHSCOPE_BASE_URL: 'http://env:81/q/v1//' })).toBe('http://env:81/q/v1')
    expect(url(file)).toBe('http://file/p/v1')
    expect(url('providers: { alibaba: { region: beijing } }')).toBe(
      'https://dashscope.aliyuncs.com/compatible-mode/v1',
    )
    expect(url('')).toBe('https://dashscope-intl.aliyuncs.com/compatible-mode/v1')
    expect(load('').providers.get('anthropic')?.baseUrl.href).toBe('https://api.anthropic.com/')
  })

  test('a provider is on with its key, unless it is disabled', () => {
    const env = { OPENAI_API_KEY: 'sk-a', TEAM_KEY: 'sk-b' }
    const openai = (text: string) => load(text, env).providers.get('openai')
    expect(openai('')?.apiKey?.reveal()).toBe('sk-a')
    expect(openai('providers: { openai: { api_key_env: TEAM_KEY } }')?.apiKey?.reveal()).toBe('sk-b')
    expect(openai('providers: { openai: { enabled: false } }')).toMatchObject({
      apiKey: null,
      offBecause: 'enabled: false in the configuration',
    })
  })

  test('deadlines of a provider fall back to the shared ones key by key', () => {
    const config = load(
      'deadlines: { connect_ms: 100 }\nproviders: { openai: { deadlines: { first_byte_ms: 200 } } }',
    )
    expect(config.providers.get('openai')?.deadlines).toEqual({ ...config.deadlines, firstByteMs: 200 })
    expect(config.providers.get('moonshot')?.deadlines).toEqual(config.deadlines)
  })

  test('an alias keeps its name as it is written', () => {
    const { aliases } = load(
      'routing: { aliases: { gpt-4.1: { tier: economy, baseline: openai/gpt-4o }, 4: { tier: premium } } }',
    ).routing
    expect([...aliases].toReversed()).toEqual([
      ['gpt-4.1', { tier: 'economy', baseline: 'openai/gpt-4o' }],
      ['4', { tier: 'premium', baseline: null }],
    ])
  })
})

test('no secret is printed, whichever way the configuration is', () => {
  const secrets = {
    OPENAI_API_KEY: 'sk-secret-provider',
    FARTHING_ADMIN_KEY: 'secret-admin-key-1',
    METRICS_TOKEN: 'secret-metrics-token',
    REDIS_URL: 'redis://:secret-password@h:1',
  }
  const config = load('metrics: { token_env: METRICS_TOKEN }', secrets)
  const nested = { config, map: new Map(config.providers), list: [config.admin.key] }
  const printed = [
    JSON.stringify({ ...config, providers: [...config.providers] }),
    inspect(nested, { depth: 8 }),
    inspect(config.admin.key, { customInspect: false, showHidden: true, depth: 2 }),
    String(config.admin.key),
    String([config.metrics.token, config.store.redisUrl]),
  ].join('\n')
  expect(printed).not.toContain('secret-')
  expect(printed).toContain('[redacted]')
  expect(config.metrics.token?.reveal()).toBe(secrets.METRICS_TOKEN)
  expect(config.store.redisUrl?.reveal()).toBe(secrets.REDIS_URL)
})

test('no error quotes a secret', () => {
  const text =
    'metrics: { token: tok-secret }\nproviders: { openai: { api_key_env: sk-secret, api_key: sk-secret } }'
  const env = {
    FARTHING_ADMIN_KEY: 'adm-secret',
    REDIS_URL: 'http://:pw-secret@h',
    OPENAI_API_KEY: 'sk secret',
  }
  const inFile = formatProblems(errorOf(text, env))
  const urls = 'providers: { openai: { base_url: "http://u:pw-secret@h" } }'
  expect(
    inFile + formatProblems(errorOf(urls, { ...env, DEEPSEEK_BASE_URL: 'nope://u:pw-secret@h' })),
  ).not.toContain('secret')
})
