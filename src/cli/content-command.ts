// farthing requests forget, and how sampled content is printed.

import { cell, countCell, jsonText, readField, readList } from './answer.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { withBackend } from './open-backend.ts'
import { printable } from './table.ts'

export const forgetCommand: Command = {
  name: 'requests forget',
  summary: 'deletes what was sampled of a request, or of all requests of a team',
  usage: `  farthing requests forget ID
  farthing requests forget --team NAME

  The requests stay in the ledger: what was asked and answered is gone. The audit log says who deleted it.

  --team NAME   of all requests of this team`,
  examples: ['farthing requests forget req_01JQ8Z6V9K', 'farthing requests forget --team search'],
  async run(args, context) {
    const options = readArguments(args, { team: { type: 'string' } }, args.some(isTeam) ? [] : ['ID'])
    const team = options.text('team')
    if (team === '') throw new UsageError('--team wants a name')
    const forgotten = await withBackend(context.env, (backend) =>
      team === undefined
        ? backend.forgetContent(options.positionals[0] ?? '')
        : backend.forgetTeamContent(team),
    )
    if (options.flag('json')) return context.out(jsonText(forgotten))
    context.err(`deleted what was sampled of ${countCell(readField(forgotten, 'deleted'))} request(s)\n`)
  },
}

function isTeam(arg: string): boolean {
  return arg === '--team' || arg.startsWith('--team=')
}

/** Line by line, each behind who said it; nothing where nothing was sampled. */
export function formatContent(request: object): string {
  const content = readField(request, 'content')
  if (typeof content !== 'object' || content === null) return ''
  const omitted = Number(readField(content, 'messages_omitted'))
  const messages = [...readList(content, 'messages'), ...readList(content, 'answer').map(asAnswer)]
  const kept = `CONTENT, sampled and redacted, kept until ${cell(readField(content, 'kept_until'))}\n`
  return [
    kept,
    ...(omitted > 0 ? [`  (${omitted} earlier messages were not kept)\n`] : []),
    ...messages.flatMap(formatMessage),
  ].join('')
}

function asAnswer(message: unknown): object {
  return { role: 'answer', parts: readList(message, 'parts') }
}

function formatMessage(message: unknown): readonly string[] {
  const role = cell(readField(message, 'role')).padEnd(10)
  return readList(message, 'parts').flatMap((part) =>
    describePart(part)
      .split('\n')
      .map((line) => `  ${role} ${printable(line)}\n`),
  )
}

function describePart(part: unknown): string {
  const cut = readField(part, 'is_cut') === true ? ' [cut]' : ''
  switch (readField(part, 'type')) {
    case 'text':
      return `${String(readField(part, 'text'))}${cut}`
    case 'tool_call':
      return `calls ${String(readField(part, 'name'))}(${String(readField(part, 'arguments'))})${cut}`
    default: {
      const size = readField(part, 'bytes')
      const type = readField(part, 'media_type') ?? readField(part, 'kind')
      return `[${String(type)}${typeof size === 'number' ? `, ${size} bytes` : ''}]`
    }
  }
}
