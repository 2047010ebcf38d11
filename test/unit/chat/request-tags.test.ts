// Tags that a request brings, where its key says which it may.

import { expect, it } from 'vitest'
import { OPEN_CALLER } from '../../../src/access/authenticator.ts'
import { mergeTags } from '../../../src/chat/request-tags.ts'

const caller = {
  ...OPEN_CALLER,
  tags: { team: 'a' },
  requestTags: { feature: ['faq', 'search'], user: null },
}

it('are laid over those of the key', () => {
  expect(mergeTags(caller, {})).toEqual({ team: 'a' })
  expect(mergeTags(caller, { feature: 'faq', user: 'zoe' })).toEqual({
    team: 'a',
    feature: 'faq',
    user: 'zoe',
  })
  expect(mergeTags({ ...caller, requestTags: null }, { team: 'b', x: 'y' })).toEqual({ team: 'b', x: 'y' })
})

it.each([
  [{ feature: 'other' }, 'feature=other'],
  [{ team: 'b' }, 'team=b'],
  [{ constructor: 'x' }, 'constructor=x'],
])('%j is refused, and the rule is named', (tags, named) => {
  expect(() => mergeTags(caller, tags)).toThrow(
    expect.objectContaining({
      status: 400,
      param: 'x-farthing-tags',
      message: `"x-farthing-tags" has ${named}, which the key's request_tags do not allow; they allow feature=faq|search, user=(any).`,
    }),
  )
  expect(() => mergeTags({ ...caller, requestTags: {} }, tags)).toThrow('they allow none')
})
