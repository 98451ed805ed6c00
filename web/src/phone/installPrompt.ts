// The browser says once, early, that the panel can be installed; the page that offers it comes later.

interface InstallPrompt extends Event {
  prompt: () => Promise<unknown>;
}
let kept: InstallPrompt | null = null;

/** The browser's offer to install, or null where there is none. */
export const takeInstallPrompt = (): InstallPrompt | null => kept;

/** Makes the panel installable on phones: keeps the browser's offer, and registers the page for "no connection". */
export function prepareInstallation(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    kept = event as InstallPrompt;
  });
  window.addEventListener('appinstalled', () => {
    kept = null;
  });
  // Without it everything works but the page that says so without a connection.
  navigator.serviceWorker?.register('/sw.js').catch(() => undefined);
}
