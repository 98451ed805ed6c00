// A phone: its browser, and what a journey sees on it and on the computer beside it.
import { expect, type BrowserContextOptions, type Locator, type Page } from '@playwright/test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** A narrow Android phone. */
export const aPhone: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  isMobile: true,
  hasTouch: true,
  userAgent:
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
};

/** What the QR code on the page says. */
export async function scan(page: Page): Promise<string> {
  const code = page.getByRole('img', { name: /QR code/ });
  await code.scrollIntoViewIfNeeded();
  const picture = PNG.sync.read(await code.screenshot());
  const read = jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height);
  expect(read, 'the QR code can be read').not.toBeNull();
  return read!.data;
}

/** The short code on the page. */
export async function shortCode(page: Page): Promise<string> {
  const text = await page.getByText(/^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$/).textContent();
  return text!;
}

export function showCodeButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Show the code for my phone' });
}

export function activateButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Activate this phone' });
}

export function phoneRegistered(page: Page): Locator {
  return page.getByRole('heading', { level: 1, name: 'Your phone is registered' });
}
