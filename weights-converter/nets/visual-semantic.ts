// The image-sentence embedding: coco_embedding.npz, with a GRU or a bag of words as its sentence half.

import { type ArrayFile, affine, asIs, find, gru, type Net } from './net.ts'

export async function visualSemantic(file: ArrayFile): Promise<Net<'embedding'>> {
  const words = await find(file, 'Wemb', [undefined, undefined])
  const [nWords = 0, dimWord = 0] = words.shape
  const encoder = file.names.includes('encoder_W') ? 'gru' : 'bow'
  const sentence = encoder === 'gru' ? await gru(file, 'encoder', 'embedding/encoder') : undefined
  const dim = sentence?.dim ?? dimWord
  const image = await affine(file, 'ff_image', 'embedding/image', undefined, dim)
  if (sentence !== undefined) await find(file, 'Wemb', [nWords, sentence.dimWord])
  return {
    options: { dim, dimWord, dimImage: image[0]?.shape[1] ?? 0, nWords, encoder },
    tensors: [asIs('embedding/words', 'word, in', words), ...(sentence?.tensors ?? []), ...image],
  }
}
