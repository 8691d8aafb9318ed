// The converter's public face: original files in, bundles out; what a file holds; whether a bundle is whole; what a folder lacks for
// a story, and where the published files come from.

export { type ConvertOptions, type ConvertTask, convert } from './convert.ts'
export { convertDecoder, type DecoderFile } from './decoder-file.ts'
export { type Inspected, type InspectedArray, inspectFile } from './inspect.ts'
export {
  type Gap,
  gapSentence,
  type InspectedPile,
  inspectFolder,
  storyGaps,
  tellsStories,
  withPublishedSize,
} from './pile.ts'
export {
  type Catalogue,
  type CatalogueFile,
  EVERYTHING,
  isPublishedModel,
  type Licence,
  publishedCatalogue,
  readCatalogue,
} from './pull/catalogue.ts'
export { type PublishedBundle, publishedBundle } from './pull/published.ts'
export { type Pulled, type PulledFile, type PullOptions, pull } from './pull/pull.ts'
export { extrasFolder, originalsFolder } from './pull/store.ts'
export { type Check, verify } from './verify.ts'
