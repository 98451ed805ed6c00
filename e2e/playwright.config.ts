import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'journeys',
  testMatch: '**/*.ts',
  outputDir: 'test-results',
  // Each worker has a Keystead, an SMTP server and an owner of its own, so that files can run side by side.
  workers: Number(process.env.E2E_WORKERS ?? 2),
  // Journeys take seconds; this is for a machine that builds something else meanwhile.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  // A journey that only passes at the second try hides a fault.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
    actionTimeout: 15_000,
    navigationTimeout: 15_000,
    trace: 'retain-on-failure',
    locale: 'en-GB',
    timezoneId: 'UTC',
  },
});
