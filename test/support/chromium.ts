// A real Chromium, and the page of a gateway in it.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export interface OpenPage {
  readonly page: Page
  /** What the browser complained of: errors of scripts, refusals of the content security policy. */
  readonly complaints: readonly string[]
  /** Everything that was asked for, by its address. */
  readonly asked: readonly string[]
}

/** `problem`: why there is none, where that is known. */
export async function startChromium(problem: string | null = null): Promise<Browser> {
  if (problem !== null) throw new Error(problem)
  return chromium.launch({
    executablePath: findChromium(),
    // Chromium's sandbox does not work for root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    timeout: 120_000,
  })
}

function findChromium(): string {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'chromium'))
  const found = paths.find(isExecutable)
  if (found === undefined) throw new Error('there is no chromium on the PATH')
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A tab of its own, with nothing remembered, at `/ui`. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  // Machines that run tests stand still at times.
  page.setDefaultTimeout(150_000)
  const complaints: string[] = []
  const asked: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`${url}/ui`)
  return { page, complaints, asked }
}

/** Types the admin key in; resolves when the first view has what it shows. */
export async function signIn(page: Page, adminKey: string): Promise<void> {
  await page.getByLabel('Admin key').fill(adminKey)
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('heading', { level: 1, name: 'Spend' }).waitFor()
  await isFilled(page)
}

/** Goes where a link of the page would go; resolves when the view has what it shows. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`)
  const [name = ''] = place.split(/[/?]/)
  await page.locator('h1', { hasText: new RegExp(`^${name}$`, 'i') }).waitFor()
  await isFilled(page)
}

async function isFilled(page: Page): Promise<void> {
  await page.locator('.pane[aria-busy="false"] > *').first().waitFor()
}
