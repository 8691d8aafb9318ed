// Which kind of picture some bytes are, by their first ones, whatever the file is called. Only these kinds reach a decoder:
// never one that draws (SVG, PDF) or that names other files.

export type Format = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'avif' | 'heic'

/** For messages: what is read. */
export const READABLE = 'JPEG, PNG, GIF, WebP, TIFF or AVIF'

/** First bytes as text; a dot stands for any byte. */
const STARTS: readonly (readonly [start: string, format: Format])[] = [
  ['\xff\xd8\xff', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['RIFF....WEBP', 'webp'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0+', 'tiff'],
  ['....ftypavi', 'avif'],
  ['....ftypmif1', 'avif'],
  ['....ftyphei', 'heic'],
  ['....ftyphev', 'heic'],
]

export function pictureFormat(bytes: Uint8Array): Format | undefined {
  const starts = (text: string) =>
    [...text].every((c, i) => i < bytes.length && (c === '.' || bytes[i] === c.charCodeAt(0)))
  return STARTS.find(([start]) => starts(start))?.[1]
}
