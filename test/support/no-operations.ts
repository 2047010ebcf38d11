// The admin API in front of a store alone: there is no gateway to ask or to reload.

import type { OperationOptions } from '../../src/http/admin/operation-routes.ts'

export const NO_OPERATIONS: OperationOptions = {
  reload: () => Promise.reject(new Error('there is no gateway here')),
  traffic: () => Promise.reject(new Error('there is no gateway here')),
  explain: () => Promise.reject(new Error('there is no gateway here')),
}
