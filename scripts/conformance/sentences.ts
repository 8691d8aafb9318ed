// Sentences as the original splits and encodes them, and as the image-sentence embedding does.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadTokenizer, type Storyteller } from '../../lib/index.ts'
import type { Recorded } from './recorded.ts'
import type { Report } from './report.ts'

interface SkipSentences {
  sentences?: string[]
  tokens?: string[][]
}

export async function compareSentences(
  dir: string,
  recorded: Recorded,
  teller: Storyteller,
  report: Report,
): Promise<void> {
  const { sentences, tokens } = skipSentences(recorded)
  if (sentences.length > 0) await compareTokens(join(dir, 'weights'), sentences, tokens, report)
  for (const normalize of [false, true])
    for (const endToken of [false, true])
      await compareSkip(recorded, sentences, { normalize, endToken }, teller, report)
  const texts = recorded.json<{ text: string }[]>('vse_sentences.json', []).map(({ text }) => text)
  if (texts.length > 0)
    report.fed('vse_sentences', await encode(teller, texts, { space: 'caption' }), await recorded.rows('vse_sentences'))
  const captions = await recorded.rows('vse_captions')
  if (captions === undefined) return
  const lines = captionLines(dir, captions.layout)
  report.fed('vse_captions', await encode(teller, lines, { space: 'caption' }), captions)
}

function skipSentences(recorded: Recorded): { sentences: string[]; tokens: string[][] } {
  const { sentences = [], tokens = [] } = recorded.json<SkipSentences>('skip_sentences.json', {})
  return { sentences, tokens }
}

async function compareTokens(
  model: string,
  sentences: readonly string[],
  tokens: readonly string[][],
  report: Report,
): Promise<void> {
  const tokenize = await loadTokenizer(model)
  const differing = sentences.filter((sentence, i) => tokenize(sentence).join(' ') !== tokens[i]?.join(' '))
  report.texts('tokens', differing, sentences.length)
}

async function compareSkip(
  recorded: Recorded,
  sentences: readonly string[],
  settings: { normalize: boolean; endToken: boolean },
  teller: Storyteller,
  report: Report,
): Promise<void> {
  const stem = `skip_norm${Number(settings.normalize)}_eos${Number(settings.endToken)}`
  const rows = await recorded.rows(stem)
  if (rows === undefined) return
  // A row of NaN: the original could not encode it.
  const possible = sentences.map((_, i) => i).filter(i => !Number.isNaN(rows.rows[i]?.[0] ?? Number.NaN))
  const vectors = await encode(
    teller,
    possible.map(i => sentences[i] ?? ''),
    settings,
  )
  report.fed(stem, new Map(possible.map((sentence, i) => [sentence, vectors.get(i) ?? new Float32Array()])), rows)
}

async function encode(
  teller: Storyteller,
  sentences: readonly string[],
  request: Parameters<Storyteller['encode']>[1],
): Promise<Map<number, Float32Array>> {
  const { data, shape } = await teller.encode(sentences, request)
  const dim = shape[1] ?? 0
  return new Map(sentences.map((_, i) => [i, data.subarray(i * dim, (i + 1) * dim)]))
}

/** All captions, or the lines that the layout names: "caption (lines [0, 2500], from 0)". */
function captionLines(dir: string, layout: string): string[] {
  const all = readFileSync(join(dir, 'weights', 'coco_train_caps.txt'), 'utf8')
    .replace(/\n$/, '')
    .split('\n')
    .map(line => line.trim())
  const named = /lines \[([\d, ]+)\]/.exec(layout)?.[1]
  return named === undefined ? all : named.split(',').map(line => all[Number(line)] ?? '')
}
