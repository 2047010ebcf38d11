// The manifests and the unit, held against the schemas that their readers have, and against the code that they start.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StatefulSet } from 'kubernetes-models/apps/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Service } from 'kubernetes-models/v1'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { loadConfig } from '../src/config/load-config.ts'
import { ensureCommands } from './support/debian-commands.ts'

const KINDS = { Service, StatefulSet, PodDisruptionBudget, NetworkPolicy }

const resource = z.looseObject({
  apiVersion: z.string(),
  kind: z.enum(['Service', 'StatefulSet', 'PodDisruptionBudget', 'NetworkPolicy']),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
})

function read(path: string) {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => resource.parse(document.toJS()))
}

const gateway = read('docker/kubernetes/gateway.yaml')
const redis = read('docker/kubernetes/redis.yaml')
const all = [...gateway, ...redis]

/** Throws where the API server would refuse it for its form. */
function validate({ kind, ...rest }: z.infer<typeof resource>): void {
  // Their constructors want what they validate.
  Reflect.construct(KINDS[kind], [rest]).validate()
}

const labels = z.record(z.string(), z.string())
const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }).optional() })
const container = z.looseObject({
  env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
  startupProbe: probe.optional(),
  readinessProbe: probe,
  livenessProbe: probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
})
const stateful = z.looseObject({
  serviceName: z.string(),
  selector: z.object({ matchLabels: labels }),
  template: z.object({
    metadata: z.object({ labels }),
    spec: z.looseObject({
      containers: z.tuple([container]),
      terminationGracePeriodSeconds: z.number().optional(),
      volumes: z.array(z.looseObject({ name: z.string() })),
    }),
  }),
  volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) }).loose()),
})
const specOf = (of: typeof all) => stateful.parse(of.find(({ kind }) => kind === 'StatefulSet')?.['spec'])

describe('the manifests', () => {
  it.each(all.map((one) => [`${one.kind} ${one.metadata.name}`, one] as const))(
    '%s fits its schema',
    (_, one) => {
      expect(() => validate(one)).not.toThrow()
      expect(one.metadata.namespace).toBe('farthing')
    },
  )

  it('are held against schemas that can refuse', () => {
    const [service] = gateway
    if (service === undefined) throw new Error('there is none')
    expect(() => validate({ ...service, spec: { ports: 'http' } })).toThrow(/ports/)
    expect(() => validate({ ...service, spec: { ports: [{ port: 'many' }] } })).toThrow(/port/)
  })

  it.each([
    ['the gateway', gateway],
    ['Redis', redis],
  ])('of %s name labels, ports and volumes that are there', (_, of) => {
    const { serviceName, selector, template, volumeClaimTemplates } = specOf(of)
    expect(template.metadata.labels).toMatchObject(selector.matchLabels)
    const services = of.filter(({ kind }) => kind === 'Service')
    expect(services.map(({ metadata }) => metadata.name)).toContain(serviceName)
    const [one] = template.spec.containers
    const ports = one.ports.map(({ name }) => name)
    const served = z.looseObject({
      selector: labels,
      ports: z.array(z.looseObject({ targetPort: z.string() })),
    })
    for (const { spec } of services.map((service) => ({ spec: served.parse(service['spec']) }))) {
      expect(template.metadata.labels).toMatchObject(spec.selector)
      expect(spec.ports.every(({ targetPort }) => ports.includes(targetPort))).toBe(true)
    }
    const volumes = [
      ...template.spec.volumes.map(({ name }) => name),
      ...volumeClaimTemplates.map(({ metadata }) => metadata.name),
    ]
    expect(one.volumeMounts.map(({ name }) => name).toSorted()).toEqual(volumes.toSorted())
  })

  it('ask for paths that the gateway has, and give it longer than it drains', () => {
    const [one] = specOf(gateway).template.spec.containers
    expect(one.livenessProbe.httpGet?.path).toBe('/healthz')
    expect(one.startupProbe?.httpGet?.path).toBe('/healthz')
    expect(one.readinessProbe.httpGet?.path).toBe('/readyz')
    expect(one.ports[0]?.containerPort).toBe(8080)
    const { server } = loadConfig({ file: 'config/gateway.yaml', env: {} })
    const grace = specOf(gateway).template.spec.terminationGracePeriodSeconds ?? 30
    const sleeps = one.lifecycle?.preStop.sleep.seconds ?? 0
    expect(grace).toBeGreaterThan(sleeps + (2 * server.drainTimeoutMs) / 1000)
    const dockerfile = readFileSync('Dockerfile', 'utf8')
    const data = /FARTHING_DATA_DIR=(\S+)/.exec(dockerfile)?.[1]
    expect(one.volumeMounts.find(({ name }) => name === 'data')?.mountPath).toBe(data)
    expect(one.env.find(({ name }) => name === 'REDIS_URL')?.value).toContain(redis[0]?.metadata.name)
  })
})

/** Of the unit, with a program that is there. */
function verify(unit: string) {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-unit-'))
  const path = join(folder, 'farthing.service')
  writeFileSync(path, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  return { status, said: (stdout + stderr).split('\n').filter((line) => line.includes('farthing')) }
}

describe('docker/systemd/farthing.service', () => {
  const text = readFileSync('docker/systemd/farthing.service', 'utf8')
  const setting = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? ''

  beforeAll(async () => {
    const wanted = { commands: ['systemd-analyze'], packages: ['systemd'] } as const
    const found = await ensureCommands({ env: process.env, mayInstall: process.getuid?.() === 0 }, wanted)
    if (found !== 'there') throw new Error(`systemd-analyze is needed here. ${found.problem}`)
  })

  it('is one that systemd takes', () => {
    expect(verify(text)).toEqual({ status: 0, said: [] })
    expect(verify(text.replace('Restart=on-failure', 'Restart=perhaps')).said.length).toBeGreaterThan(0)
  })

  it('starts, reloads and stops the gateway as it wants to be', () => {
    expect(setting('ExecStart')).toMatch(/node src\/main\.ts$/)
    expect(setting('ExecReload')).toContain('-HUP')
    // EX_CONFIG: to start again would not help.
    expect(setting('RestartPreventExitStatus')).toBe('78')
    const { server } = loadConfig({ file: 'config/gateway.yaml', env: {} })
    expect(Number(setting('TimeoutStopSec'))).toBeGreaterThan((2 * server.drainTimeoutMs) / 1000)
    expect(text).toContain(/GLIBC_TUNABLES=(\S+)/.exec(readFileSync('Dockerfile', 'utf8'))?.[0])
  })
})
