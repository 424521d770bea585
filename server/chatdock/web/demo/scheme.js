// Before the first paint: dark or light, so that the page never flashes the other one.
"use strict";
{
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const asked = root.dataset.scheme;
    root.dataset.shown = asked === "auto" ? (prefersDark.matches ? "dark" : "light") : asked;
  };
  prefersDark.addEventListener("change", apply);
  new MutationObserver(apply).observe(root, { attributeFilter: ["data-scheme"] });
  apply();
}
