// `neural-storyteller/graph` in Node.

export { openDevice } from '../gpu/open.node.ts'
export * from './api.ts'
