// A picture's bytes as a page can show them: as they are, or as PNG where browsers do not read the format.

import { pictureFormat } from './format.ts'

/** A data URL of a picture that was told about. */
export async function pictureUrl(bytes: Uint8Array): Promise<string> {
  const format = pictureFormat(bytes)
  if (format !== 'tiff') return dataUrl(format ?? 'jpeg', bytes)
  const { default: sharp } = await import('sharp')
  return dataUrl('png', await sharp(bytes).png().toBuffer())
}

const dataUrl = (format: string, bytes: Uint8Array): string =>
  `data:image/${format};base64,${Buffer.from(bytes).toString('base64')}`
