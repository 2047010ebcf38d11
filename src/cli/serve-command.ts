// farthing serve

import { type Command, readArguments } from './command.ts'

export const serveCommand: Command = {
  name: 'serve',
  summary: 'run the gateway until it is told to stop',
  usage: `  farthing serve

  Reads the configuration (FARTHING_CONFIG, else config/gateway.yaml) and listens on HOST and PORT.
  Its log is JSON, with --json and without.`,
  examples: ['OPENAI_API_KEY=sk-... farthing serve', 'FARTHING_CONFIG=gateway.yaml PORT=9000 farthing serve'],
  async run(args) {
    readArguments(args, {})
    // Not before it is needed: the other verbs start in half the time without the gateway.
    const { serve } = await import('../main.ts')
    await serve()
  },
}
