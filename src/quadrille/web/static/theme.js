// Sets the theme that was chosen before anything is drawn.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch (_) { /* storage is closed */ }
