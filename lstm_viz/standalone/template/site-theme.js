// The theme of a site's page, before anything is drawn: the address's, else the one chosen before, else the system's.

(() => {
  const KEY = "lstm-viz theme";
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const asked = /embed_options=(dark|light)_theme/.exec(location.search)?.[1];
  root.classList.add(asked ?? stored() ?? "auto");
  const isDark = () =>
    root.classList.contains("dark") ||
    (root.classList.contains("auto") && matchMedia("(prefers-color-scheme: dark)").matches);
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("#theme")) return;
    const next = isDark() ? "light" : "dark";
    root.classList.remove("auto", "dark", "light");
    root.classList.add(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // A browser that keeps nothing asks anew on each page.
    }
  });
})();
