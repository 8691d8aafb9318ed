// Which kind of picture some bytes are, by their first ones, whatever the file is called. Only these kinds are ever decoded:
// formats that draw (SVG, PDF) or name other files never reach a decoder.

export type Format = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'heif'

export const FORMATS = 'JPEG, PNG, GIF, WebP, TIFF or AVIF'

/** Bytes as text, where a dot stands for any byte. */
const STARTS: readonly (readonly [start: string, Format])[] = [
  ['\xff\xd8\xff', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['RIFF....WEBP', 'webp'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0+', 'tiff'],
  ['....ftypavif', 'heif'],
  ['....ftypavis', 'heif'],
  ['....ftypmif1', 'heif'],
  ['....ftyphei', 'heif'],
]

export function pictureFormat(bytes: Uint8Array): Format | undefined {
  const starts = (text: string) => [...text].every((c, i) => c === '.' || bytes[i] === c.charCodeAt(0))
  return STARTS.find(([start]) => starts(start))?.[1]
}
