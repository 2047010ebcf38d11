// The provider of the benchmarks: answers every chat completion at once with a constant body, or streams a constant
// answer, at as little cost of its own as Node allows. Prints its URL.

import { createServer, type ServerResponse } from 'node:http'

const usage = {
  prompt_tokens: 240,
  completion_tokens: 60,
  total_tokens: 300,
  prompt_tokens_details: { cached_tokens: 0 },
}
const head = { id: 'chatcmpl-bench', created: 1_790_000_000, model: 'bench' }
const text = 'All work and no play makes for a dull benchmark. '.repeat(8)

const whole = Buffer.from(
  JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage,
  }),
)

const CHUNKS = 50
const chunkOf = (choices: unknown, rest: object = {}): Buffer =>
  Buffer.from(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...rest })}\n\n`)
const delta = chunkOf([{ index: 0, delta: { content: 'All work and no ' }, finish_reason: null }])
const last = Buffer.concat([
  chunkOf([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  chunkOf([], { usage }),
  Buffer.from('data: [DONE]\n\n'),
])

function stream(response: ServerResponse, chunkMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  const timer = setInterval(() => {
    if (sent < CHUNKS) {
      sent++
      response.write(delta)
      return
    }
    clearInterval(timer)
    response.end(last)
  }, chunkMs)
  response.on('close', () => clearInterval(timer))
}

const server = createServer((request, response) => {
  let isStream = false
  request.on('data', (chunk: Buffer) => {
    isStream ||= chunk.includes('"stream":true')
  })
  request.on('end', () => {
    if (isStream) return stream(response, 10)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length })
    return void response.end(whole)
  })
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address?.port}\n`)
})
