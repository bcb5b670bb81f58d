// Before anything is drawn: the colours and the language that were chosen in this browser, so that nothing flashes.
try {
  const theme = localStorage.getItem('manyhands.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  const language = localStorage.getItem('manyhands.language');
  if (language) document.documentElement.lang = language;
} catch {
  // Storage is forbidden here: the system's colours it is.
}
