// What can be said about the image and the compose file without a Docker engine.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { validate } from 'dockerfile-utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { RUNBOOK_URL } from '../docker/grafana/source/panel.ts'
import { loadCatalogFile } from '../src/config/load-catalog-file.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { promtool } from './support/prometheus.ts'
import { packageOf, readImports } from './support/read-imports.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'farthing-docker-'))
let made: string[] = []

beforeAll(() => {
  cpSync('docker/make-secrets', join(folder, 'docker/make-secrets'))
  cpSync('docker/secrets/.gitignore', join(folder, 'docker/secrets/.gitignore'))
  execFileSync(join(folder, 'docker/make-secrets'))
  made = globSync('docker/secrets/*', { cwd: folder })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const service = z.object({
  build: z.string().optional(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  env_file: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).default([]),
})
const composeSchema = z.strictObject({
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
})

describe('Dockerfile', () => {
  const text = read('Dockerfile')
  const lines = text.replaceAll('\\\n', '').split('\n')

  it('has nothing that the linter minds', () => {
    expect(validate(text).map(({ message, range }) => ({ line: range.start.line + 1, message }))).toEqual([])
    expect(validate('FROM node:24\nCMD ["a"]\nCMD ["b"]\nHELTHCHECK NONE\n').length).toBeGreaterThan(0)
  })

  it('copies only what exists and what .dockerignore lets through', () => {
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1))
    const unique = [...new Set(copied.map((path) => normalize(path)))]
    expect(unique.length).toBeGreaterThan(4)
    expect(unique.filter((path) => !existsSync(path))).toEqual([])
    const allowed = read('.dockerignore')
      .split('\n')
      .flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? [])
    expect(new Set(unique)).toEqual(new Set(allowed))
  })

  it('runs the pinned major version, as a user of its own, with a health check that asks the gateway', () => {
    const major = read('.nvmrc').split('.')[0]
    const bases = lines.filter((line) => line.startsWith('FROM '))
    expect(bases.every((line) => line.startsWith(`FROM node:${major}-bookworm-slim`))).toBe(true)
    expect(lines.indexOf('USER node')).toBeGreaterThan(lines.findIndex((line) => line.startsWith('COPY src')))
    expect(lines.find((line) => line.startsWith('HEALTHCHECK'))).toMatch(/CMD \["node", .*\/healthz/)
    const command: unknown = JSON.parse(lines.find((line) => line.startsWith('CMD '))?.slice(4) ?? '')
    expect(command).toEqual(['node', 'src/main.ts'])
  })
})

describe('the production dependencies', () => {
  const manifest = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')))

  it('are exactly the packages that the server and the command line import', () => {
    const files = new Set<string>()
    const packages = new Set<string>()
    const visit = (path: string): void => {
      // The demo runs from a clone: it uses the official client, which is a development dependency.
      if (files.has(path) || path.startsWith('src/cli/demo')) return
      files.add(path)
      for (const { from } of readImports(read(path))) {
        if (from.startsWith('.')) visit(normalize(join(path, '..', from)))
        else if (!from.startsWith('node:')) packages.add(packageOf(from))
      }
    }
    visit('src/main.ts')
    visit('src/cli/farthing.ts')
    expect(files.size).toBeGreaterThan(50)
    expect(packages).toEqual(new Set(Object.keys(manifest.dependencies)))
  })
})

describe('docker-compose.yml', () => {
  const compose = composeSchema.parse(parse(read('docker-compose.yml')))
  const services = Object.entries(compose.services)

  it('mounts and reads only what exists, or docker/make-secrets makes', () => {
    const paths = services.flatMap(([, { volumes, env_file, build }]) => [
      ...volumes.map((volume) => volume.split(':')[0] ?? '').filter((source) => source.startsWith('.')),
      ...env_file,
      ...(build === undefined ? [] : [join(build, 'Dockerfile')]),
    ])
    paths.push(...Object.values(compose.secrets).map(({ file }) => file))
    const missing = paths.map((path) => normalize(path)).filter((path) => !existsSync(path))
    expect(missing.filter((path) => !made.includes(path))).toEqual([])
    expect(paths.length).toBeGreaterThan(8)
  })

  it('names only volumes, secrets and services that it defines, and publishes to this machine alone', () => {
    for (const [, { volumes, secrets, depends_on, ports }] of services) {
      const named = volumes
        .map((volume) => volume.split(':')[0] ?? '')
        .filter((source) => !source.startsWith('.'))
      expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named))
      expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining(secrets))
      const needed = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on)
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(needed))
      expect(ports.every((port) => port.startsWith('127.0.0.1:'))).toBe(true)
    }
  })

  it('gives the gateway a configuration that it accepts, and Prometheus the same token', () => {
    const gateway = compose.services['gateway']
    const secrets = read(join(folder, 'docker/secrets/gateway.env')).matchAll(/^(\w+)=(.*)$/gm)
    const written = Object.entries(gateway?.environment ?? {}).filter(([, value]) => !value.startsWith('${'))
    const env: Record<string, string> = { ...Object.fromEntries(written), HOST: '0.0.0.0' }
    for (const [, name = '', value = ''] of secrets) env[name] = value
    const config = loadConfig({ file: 'docker/gateway.yaml', env })
    // In the container the catalogue is mounted beside the configuration.
    expect(loadCatalogFile({ ...config, catalogPath: 'config/catalog.yaml' }).routes.length).toBeGreaterThan(
      20,
    )
    expect(config.metrics.token?.reveal()).toBe(read(join(folder, 'docker/secrets/metrics-token')))
    expect(gateway?.volumes).toContain('./docker/gateway.yaml:/app/config/gateway.yaml:ro')
    expect(gateway?.volumes).toContain(
      `./config/${config.catalogPath.split('/').at(-1)}:/app/config/catalog.yaml:ro`,
    )
  })

  it('configures the gateway as config/gateway.yaml does, but for the token', () => {
    const { metrics, ...rest }: Record<string, unknown> = parse(read('docker/gateway.yaml'))
    expect(metrics).toEqual({ token_env: 'FARTHING_METRICS_TOKEN' })
    expect(rest).toEqual(parse(read('config/gateway.yaml')))
  })
})

describe('docker/make-secrets', () => {
  it('keeps what exists', () => {
    const before = made.map((path) => read(join(folder, path)))
    execFileSync(join(folder, 'docker/make-secrets'))
    expect(made.map((path) => read(join(folder, path)))).toEqual(before)
    expect(made).toContain(normalize('docker/secrets/gateway.env'))
  })
})

describe('Prometheus and Grafana', () => {
  it('prometheus.yml scrapes the gateway with the token, and loads the rules', () => {
    const config: unknown = parse(read('docker/prometheus/prometheus.yml'))
    expect(config).toMatchObject({
      rule_files: ['rules/*.yml'],
      scrape_configs: [
        {
          authorization: { type: 'Bearer', credentials_file: '/run/secrets/metrics-token' },
          static_configs: [{ targets: ['gateway:8080'] }],
        },
      ],
    })
    cpSync('docker/prometheus', join(folder, 'prometheus'), { recursive: true })
    const copy = join(folder, 'prometheus/prometheus.yml')
    const token = join(folder, 'docker/secrets/metrics-token')
    writeFileSync(copy, read(copy).replace('/run/secrets/metrics-token', token))
    const { status, output } = promtool(['check', 'config', copy])
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining('16 rules found') })
  })

  it('the data source is the one that the dashboards name', () => {
    const sources: unknown = parse(read('docker/grafana/provisioning/datasources/prometheus.yaml'))
    expect(sources).toMatchObject({ datasources: [{ uid: 'prometheus', type: 'prometheus' }] })
  })

  it('Grafana serves the runbook where the panels look for it', () => {
    const { volumes = [] } = composeSchema.parse(parse(read('docker-compose.yml'))).services['grafana'] ?? {}
    expect(volumes).toContain(`./docs/runbook.md:/usr/share/grafana${RUNBOOK_URL}:ro`)
  })
})
