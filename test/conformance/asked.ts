// What every client asks, and what its tools and its picture are.

export const ASKED = {
  question: 'Say hello to the world in one sentence.',
  longQuestion: 'Tell of the farthing in 200 words.',
  jsonQuestion: 'Give a city and a number of days, as JSON.',
  toolQuestion: 'What is the weather in Oslo and in Rome? Use the tools.',
  toolResult: 'sunny, 21 degrees',
  /** A PNG of one pixel, in base64. */
  image: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  citySchema: {
    type: 'object' as const,
    properties: { city: { type: 'string' as const } },
    required: ['city'],
    additionalProperties: false,
  },
  tripSchema: {
    type: 'object' as const,
    properties: { city: { type: 'string' as const }, days: { type: 'integer' as const } },
    required: ['city', 'days'],
    additionalProperties: false,
  },
}
