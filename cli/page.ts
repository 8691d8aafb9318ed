// The page that `tell --html` writes: picture beside story, everything inside one file.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pictureUrl } from '../lib/image/web.node.ts'
import type { Story, Storyteller } from '../lib/index.ts'
import { writeWhole } from '../lib/io/folder.node.ts'

/** A picture with a story, or with several in as many styles. */
export interface Told {
  readonly image: string
  readonly stories: readonly { readonly style: string; readonly story: Story }[]
}

const SHOWN_CAPTIONS = 10
/** Characters of the story that stand as the page's title. */
const TITLE = 60

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#2b2420, #ece5dc); --soft: light-dark(#7a6c60, #a99c8f); --paper: light-dark(#faf6f0, #1d1a17) }
body { margin: 0; background: var(--paper); color: var(--ink); font: 18px/1.6 Georgia, 'Times New Roman', serif }
main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem }
article { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 2.5rem; align-items: start; margin-bottom: 4rem }
@media (max-width: 44rem) { article { grid-template-columns: 1fr } }
img { width: 100%; border-radius: 6px; box-shadow: 0 4px 24px rgb(0 0 0 / .18) }
.story { font-size: 1.25rem; margin: 0 0 1.5rem }
h2 { margin: 0 0 .2rem; color: var(--soft); font: italic .95rem/1.4 Georgia, serif }
details, footer { color: var(--soft); font-size: .85rem }
ol { padding-left: 1.4rem }
`

/** A story; where there are several, under the name of its style. */
function section(style: string | undefined, { story, lines }: Story): string {
  const title = style === undefined ? '' : `<h2>${escapeHtml(style)}</h2>`
  return `${title}<p class="story">${(lines ?? [story]).map(escapeHtml).join('<br>')}</p>`
}

async function article({ image, stories }: Told): Promise<string> {
  const bytes = await readFile(image)
  const sections = stories.map(({ style, story }) => section(stories.length > 1 ? style : undefined, story))
  const { captions, timings } = stories.at(-1)?.story ?? { captions: [], timings: {} }
  const list = captions.slice(0, SHOWN_CAPTIONS).map(c => `<li>${escapeHtml(c.text)}</li>`)
  const times = Object.entries(timings).map(([stage, ms]) => `${stage} ${(ms / 1000).toFixed(2)} s`)
  return `<article>
<img src="${await pictureUrl(bytes)}" alt="${escapeHtml(captions[0]?.text ?? 'the picture')}">
<div>${sections.join('')}
<details open><summary>Nearest captions</summary><ol>${list.join('')}</ol></details>
<details><summary>Timings</summary><p>${times.join(' · ')}</p></details></div>
</article>`
}

/** Writes the page (whole or not at all) and returns its path. */
export async function writePage(file: string, told: readonly Told[], teller: Storyteller): Promise<string> {
  const articles = await Promise.all(told.map(article))
  const notes = [...teller.notes, `told by ${teller.model} on ${await teller.adapter()}`].map(escapeHtml).join('<br>')
  const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(told[0]?.stories[0]?.story.story.slice(0, TITLE) || 'A story')}</title><style>${STYLE}</style>
<main>${articles.join('\n')}<footer>${notes}</footer></main></html>
`
  const path = resolve(file)
  await writeWhole(path, page)
  return path
}
