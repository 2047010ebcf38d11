// The demonstration's workload: what applications send in a day, in some fifty requests.

import { CODE, contractOf, INVOICE_FORMAT, PIXEL, TOOLS } from './materials.ts'
import type { Step, StepBody } from './step.ts'
import { faultSteps } from './workload-faults.ts'

function ask(model: string, text: string, rest: Partial<StepBody> = {}): () => StepBody {
  return () => ({ model, messages: [{ role: 'user', content: text }], ...rest })
}

const everyTier: readonly Step[] = [
  { title: 'short chat', body: ask('economy', 'Name three rivers of Europe, in 20 words.') },
  { title: 'short chat', body: ask('standard', 'Why is the sky blue? In 60 words.') },
  { title: 'short chat', body: ask('premium', 'Why do bridges hum in the wind? In 60 words.') },
  { title: 'short chat', body: ask('frontier', 'Sketch a proof that there is no largest prime.') },
  { title: 'auto', body: ask('auto', 'Write a polite reminder of an unpaid invoice.') },
  { title: 'chinese', body: ask('economy', '请用简单的话解释什么是缓存。') },
  { title: 'chinese', body: ask('standard', '为什么大语言模型按令牌收费？请举例说明。') },
  {
    title: 'tier by header',
    body: ask('auto', 'Plan a week of lunches.'),
    headers: { 'x-farthing-tier': 'premium' },
  },
  {
    title: 'tier by body',
    body: ask('auto', 'Is 1,001 a prime number?', { routing: { tier: 'economy' } }),
  },
]

const names: readonly Step[] = [
  { title: 'alias gpt-4o', body: ask('gpt-4o', 'Draft a tweet about a bakery.') },
  { title: 'alias 4o-mini', body: ask('gpt-4o-mini', 'Translate "good evening" into French.') },
  { title: 'alias claude', body: ask('claude-3-5-sonnet-latest', 'Give this paragraph a title.') },
  { title: 'alias deepseek', body: ask('deepseek-chat', 'What is a hash table? In 50 words.') },
  { title: 'pin deepseek', body: ask('deepseek/deepseek-flash', 'Say hello.') },
  { title: 'pin qwen', body: ask('alibaba/qwen3.8-flash', 'Say hello.') },
  { title: 'pin kimi', body: ask('moonshot/kimi-k3.1-pro', 'Say hello.') },
  { title: 'pin openai', body: ask('openai/gpt-6-luna', 'Say hello.') },
  { title: 'pin anthropic', body: ask('anthropic/claude-haiku-5-5', 'Say hello.') },
]

/** A long document, and questions about it one after the other: the second finds its beginning in a cache. */
function reading(model: string, words: number): (question: string) => Step {
  const system = `You answer questions about this contract.\n${contractOf(words)}`
  return (question) => ({
    title: words >= 50_000 ? 'huge document' : 'long document',
    body: () => ({
      model,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: question },
      ],
      routing: { session: `contract-${model}-${words}` },
    }),
  })
}
const standardReading = reading('standard', 6_000)
const premiumReading = reading('premium', 6_000)
const hugeReading = reading('economy', 100_000)
const documents: readonly Step[] = [
  standardReading('When is an invoice due?'),
  standardReading('How is a defect reported?'),
  standardReading('What happens after a delay?'),
  premiumReading('Which clauses favour the buyer?'),
  premiumReading('Which clauses favour the supplier?'),
  hugeReading('How many clauses speak of data?'),
  { title: 'code review', body: ask('standard', `Find the bugs:\n${CODE}`) },
  {
    title: 'code review',
    body: ask('frontier', `Find the bugs and rewrite:\n${CODE}`, { reasoning_effort: 'high' }),
  },
]

const tools: readonly Step[] = [
  { title: 'two tools', body: ask('standard', 'Use both tools for Lyon.', { tools: TOOLS }) },
  {
    title: 'tool results',
    body: (past) => {
      const call = past.answerTo('two tools')
      const calls = call.role === 'assistant' ? (call.tool_calls ?? []) : []
      return {
        model: 'standard',
        messages: [
          { role: 'user', content: 'Use both tools for Lyon.' },
          call,
          ...calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: '{"value": 17}' })),
        ],
        tools: TOOLS,
      }
    },
  },
  {
    title: 'tools',
    body: ask('premium', 'Use a tool to convert 10 EUR.', { tools: TOOLS, parallel_tool_calls: false }),
  },
  { title: 'forced tool', body: ask('economy', 'Oslo?', { tools: TOOLS, tool_choice: 'required' }) },
  {
    title: 'tools streamed',
    body: ask('standard', 'Use both tools for Porto.', { tools: TOOLS }),
    stream: 'usage',
  },
  {
    title: 'json object',
    body: ask('economy', 'Three colours as JSON.', { response_format: { type: 'json_object' } }),
  },
  {
    title: 'json streamed',
    body: ask('standard', 'Three fruits as JSON.', { response_format: { type: 'json_object' } }),
    stream: 'usage',
  },
  { title: 'json schema', body: ask('standard', 'Read invoice 17.', { response_format: INVOICE_FORMAT }) },
  { title: 'json schema', body: ask('frontier', 'Read invoice 18.', { response_format: INVOICE_FORMAT }) },
]

const streams: readonly Step[] = [
  { title: 'stream', body: ask('economy', 'Tell a short story in 80 words.'), stream: 'plain' },
  { title: 'stream', body: ask('premium', 'Tell a longer story in 160 words.'), stream: 'plain' },
  { title: 'stream + usage', body: ask('standard', 'Tell a fable in 80 words.'), stream: 'usage' },
  { title: 'stream + usage', body: ask('frontier', 'Compare two fables.'), stream: 'usage' },
  // Alibaba bills what a client has walked away from, so the gateway reads it to its end and knows the exact cost.
  {
    title: 'client leaves',
    body: ask('alibaba/qwen3.8-flash', 'Tell an endless story in 300 words.'),
    stream: 'abandoned',
  },
  { title: 'stream chinese', body: ask('standard', '写一首关于秋天的短诗。'), stream: 'usage' },
]

function look(url: string, model: string): () => StepBody {
  return () => ({
    model,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is in the picture?' },
          { type: 'image_url', image_url: { url } },
        ],
      },
    ],
  })
}
const pictures: readonly Step[] = [
  { title: 'image as data', body: look(PIXEL, 'standard') },
  { title: 'image by URL', body: look('https://example.com/cat.png', 'standard') },
  { title: 'image streamed', body: look(PIXEL, 'premium'), stream: 'usage' },
]

const QUESTIONS = ['What is a ledger?', 'And a journal?', 'Which came first?', 'Sum it up in 30 words.']
const HOUSE_RULES = `You are the assistant of an accountant. ${contractOf(2_000)}`
const conversation: readonly Step[] = QUESTIONS.map((_, turn) => ({
  title: `conversation ${turn + 1}`,
  body: (past) => ({
    model: 'standard',
    messages: [
      { role: 'system', content: HOUSE_RULES },
      ...QUESTIONS.slice(0, turn + 1).flatMap((question, index) => [
        ...(index === 0 ? [] : [past.answerTo(`conversation ${index}`)]),
        { role: 'user' as const, content: question },
      ]),
    ],
  }),
  headers: { 'x-farthing-session': 'accountant', 'x-farthing-tags': 'feature=assistant' },
}))

const limits: readonly Step[] = [
  { title: '16-token cap', body: ask('standard', 'Tell everything about salt.', { max_tokens: 16 }) },
  {
    title: 'at most 1 cent',
    body: ask('premium', 'A haiku about thrift.', { routing: { max_cost_usd: 0.01 }, max_tokens: 400 }),
  },
  {
    title: 'at most 1e-9 $',
    body: ask('premium', 'A haiku about waste.', { routing: { max_cost_usd: 1e-9 } }),
    refusedWith: 'max_cost_exceeded',
  },
  {
    title: 'two providers',
    body: ask('standard', 'What is thrift?', { routing: { providers: { only: ['moonshot', 'anthropic'] } } }),
  },
  { title: 'no such model', body: ask('gpt-7-ultra', 'Are you there?'), refusedWith: 'model_not_found' },
]

/** Faults come last: they leave circuits open behind them. */
export const WORKLOAD: readonly Step[] = [
  ...everyTier,
  ...names,
  ...documents,
  ...tools,
  ...streams,
  ...pictures,
  ...conversation,
  ...limits,
  ...faultSteps,
]
