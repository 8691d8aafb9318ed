// The skip-thought encoders: uni_skip.npz and bi_skip.npz. Their own word embeddings and decoders are not used for encoding.

import { type ArrayFile, gru, type Net } from './net.ts'

export async function uniSkip(file: ArrayFile): Promise<Net<'uni-skip'>> {
  const { dim, dimWord, tensors } = await gru(file, 'encoder', 'uni-skip/encoder')
  return { options: { dim, dimWord }, tensors }
}

export async function biSkip(file: ArrayFile): Promise<Net<'bi-skip'>> {
  const forward = await gru(file, 'encoder', 'bi-skip/forward')
  const backward = await gru(file, 'encoder_r', 'bi-skip/backward')
  const { dim, dimWord } = forward
  return { options: { dim, dimWord }, tensors: [...forward.tensors, ...backward.tensors] }
}
