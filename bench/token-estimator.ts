// npm run bench:tokens: the token estimator's error per kind of text and tokenizer family, on texts whose exact
// counts are known, and its own speed.

import { parseChatRequest } from '../src/openai/parse-chat-request.ts'
import { readTextProfile } from '../src/routing/text-profile.ts'
import { mean, measureSamples, quantile } from '../test/unit/routing/token-samples.ts'

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8)

console.log('text     family         samples: mean error   windows: mean     |p50|    |p90|    |max|')
for (const { kind, family, samples, windows } of measureSamples()) {
  console.log(
    `${kind.padEnd(8)} ${family.padEnd(14)} ${percent(mean(samples)).padStart(19)} ${percent(mean(windows)).padStart(15)} ` +
      `${percent(quantile(windows, 0.5))} ${percent(quantile(windows, 0.9))} ${percent(quantile(windows, 1))}`,
  )
}

const sentence =
  'The quick brown fox jumps over the lazy dog; "quoted", then a\nnew line, and 3.14159 in passing. '
for (const kilobytes of [1, 30, 300, 3_000]) {
  const content = sentence.repeat(Math.ceil((kilobytes * 1_024) / sentence.length))
  const request = parseChatRequest(
    Buffer.from(JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }] })),
    {},
  )
  for (let run = 0; run < 300; run++) readTextProfile(request)
  const runs = 300
  const started = process.hrtime.bigint()
  for (let run = 0; run < runs; run++) readTextProfile(request)
  const micros = Number(process.hrtime.bigint() - started) / runs / 1_000
  console.log(`profile of ${String(kilobytes).padStart(5)} KB: ${micros.toFixed(1)} µs`)
}
