// `neural-storyteller/graph` in pages.

export { openDevice } from '../gpu/open.browser.ts'
export * from './api.ts'
