// Settles light or dark before the first paint, so that a dark screen never flashes white.
// The same words and the same place as src/app/theme.ts.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('keystead.theme');
  } catch (error) {
    // Storage may be forbidden by the browser; the system's wish is used then.
  }
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
