// The converter's public face: original files in, bundles out; what a file holds; whether a bundle is whole.

export { type ConvertOptions, type ConvertTask, convert } from './convert.ts'
export { convertDecoder, type DecoderFile } from './decoder-file.ts'
export { type Inspected, type InspectedArray, inspectFile } from './inspect.ts'
export { type Check, verify } from './verify.ts'
