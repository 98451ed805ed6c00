// Says "no connection" where the browser would show its own page. It keeps that page, its looks and
// the icon, and nothing else: no answer of the API, no page of the panel, nothing of anybody's.
const kept = 'keystead-offline-1';
const files = ['/offline.html', '/offline.css', '/icon-192.png'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(files)));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  const older = (names) => Promise.all(names.filter((name) => name !== kept).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(older));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.mode === 'navigate') {
    event.respondWith(fetch(request).catch(() => caches.match('/offline.html')));
  } else if (files.includes(path)) {
    // What the page for "no connection" loads.
    event.respondWith(fetch(request).catch(() => caches.match(path)));
  }
});
