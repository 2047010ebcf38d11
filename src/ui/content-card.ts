// What was sampled of a request: its messages and the answer, as text and nothing else.

import type { RequestDetails } from '../admin/request-log.ts'
import type { ContentMessage, ContentPart } from '../core/sampled-content.ts'
import { formatMoment } from './amounts.ts'
import { create } from './elements.ts'

type Content = NonNullable<RequestDetails['content']>

export function buildContent({
  messages,
  messages_omitted: omitted,
  answer,
  kept_until,
}: Content): readonly Node[] {
  const until = `Sampled and redacted, kept until ${formatMoment(kept_until)} UTC.`
  const left = omitted === 0 ? '' : ` ${omitted} earlier messages were not kept.`
  return [
    create('p', { class: 'quiet' }, `${until}${left}`),
    create(
      'dl',
      { class: 'content' },
      ...messages.flatMap((message) => buildMessage(message, message.role)),
      ...answer.flatMap((message) => buildMessage(message, 'answer')),
    ),
  ]
}

function buildMessage({ parts }: ContentMessage, title: string): readonly HTMLElement[] {
  return [
    create('dt', {}, title),
    create('dd', {}, ...parts.map((part) => create('pre', { tabindex: '0' }, describe(part)))),
  ]
}

function describe(part: ContentPart): string {
  if (part.type === 'media') {
    const what = part.media_type ?? part.kind
    return part.bytes === null ? `[${what}]` : `[${what}, ${part.bytes} bytes]`
  }
  const text = part.type === 'text' ? part.text : `${part.name}(${part.arguments})`
  return part.is_cut ? `${text} […]` : text
}
