// What the demonstration's requests are about: texts of several kinds and lengths, an image, tools, schemas.

const CLAUSES = [
  'The supplier keeps a record of each delivery and shows it on request within five working days.',
  'A delay of more than ten days gives the buyer the right to cancel the part that is late.',
  'Prices hold for twelve months and change afterwards only by written agreement of both sides.',
  'Whoever stores personal data of the other side deletes it when the purpose has ended.',
  'Invoices are due thirty days after receipt; interest runs from the day after.',
  'A defect is reported in writing within two weeks of its discovery, with photographs where it can be seen.',
]

/** A contract of about so many words, the same each time. */
export function contractOf(words: number): string {
  const clauses: string[] = []
  for (let count = 0, number = 1; count < words; number++) {
    const clause = `${number}. ${CLAUSES[number % CLAUSES.length] ?? ''}`
    clauses.push(clause)
    count += clause.split(' ').length
  }
  return clauses.join('\n')
}

export const CODE = `export function median(values: readonly number[]): number {
  const sorted = [...values].sort()
  const middle = sorted.length / 2
  return sorted[middle] ?? (sorted[middle - 1] + sorted[middle]) / 2
}`

/** One grey pixel. */
export const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=='

export const TOOLS = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      description: 'The weather in a city now.',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
        required: ['city'],
      },
    },
  },
  {
    type: 'function' as const,
    function: {
      name: 'get_exchange_rate',
      description: 'The rate between two currencies.',
      parameters: {
        type: 'object',
        properties: { from: { type: 'string' }, to: { type: 'string' } },
        required: ['from', 'to'],
      },
    },
  },
]

export const INVOICE_FORMAT = {
  type: 'json_schema' as const,
  json_schema: {
    name: 'invoice',
    strict: true,
    schema: {
      type: 'object',
      properties: {
        number: { type: 'string' },
        amount: { type: 'number' },
        currency: { enum: ['EUR', 'USD', 'CNY'] },
        lines: { type: 'array', items: { type: 'string' } },
      },
      required: ['number', 'amount', 'currency', 'lines'],
      additionalProperties: false,
    },
  },
}
