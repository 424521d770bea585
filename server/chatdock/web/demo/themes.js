// The theme page: one theme at a time over every state, six of them side by side, and the options to copy.
"use strict";

const FONTS = {
  serif: 'Charter, "Iowan Old Style", Georgia, serif',
  rounded: 'ui-rounded, "SF Pro Rounded", "Nunito", "Quicksand", system-ui, sans-serif',
  mono: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
};

const THEMES = {
  light: { label: "Light", words: "As it comes", theme: { colorScheme: "light" } },
  dark: { label: "Dark", words: "As it comes, at night", theme: { colorScheme: "dark" } },
  harbour: {
    label: "Harbour",
    words: "Cream, pine and a book's type",
    theme: {
      colorScheme: "light",
      radius: "round",
      typography: { fontFamily: FONTS.serif },
      color: {
        accent: { primary: "#23513f", level: 2 },
        surface: { background: "#faf6ee", foreground: "#1d2a26" },
        grayscale: { hue: 90, tint: 9, shade: 0 },
      },
    },
  },
  midnight: {
    label: "Midnight",
    words: "Violet on deep blue",
    theme: {
      colorScheme: "dark",
      radius: "soft",
      color: {
        accent: { primary: "#b49bff", level: 3 },
        surface: { background: "#14122b", foreground: "#eeecff" },
        grayscale: { hue: 285, tint: 9, shade: -1 },
      },
    },
  },
  gazette: {
    label: "Gazette",
    words: "Square, dense, typewritten",
    theme: {
      colorScheme: "light",
      radius: "sharp",
      density: "compact",
      typography: { baseSize: 14, fontFamily: FONTS.mono },
      color: { accent: { primary: "#111111", level: 1 }, grayscale: { hue: 0, tint: 0, shade: 3 } },
    },
  },
  clay: {
    label: "Clay",
    words: "Warm, round, unhurried",
    theme: {
      colorScheme: "light",
      density: "spacious",
      typography: { fontFamily: FONTS.rounded },
      color: {
        accent: { primary: "#b0402a", level: 3 },
        surface: { background: "#fff7f2", foreground: "#3a1f17" },
        grayscale: { hue: 40, tint: 9, shade: 0 },
      },
    },
  },
};

const knobs = document.getElementById("knobs");
const field = (name) => knobs.elements[name];
const shown = [];

/** The theme that the form says, without what is as it comes. */
function themeFromForm() {
  const theme = { colorScheme: field("colorScheme").value };
  if (field("radius").value !== "pill") theme.radius = field("radius").value;
  if (field("density").value !== "normal") theme.density = field("density").value;
  const typography = {};
  if (field("baseSize").value !== "16") typography.baseSize = Number(field("baseSize").value);
  if (field("font").value) typography.fontFamily = FONTS[field("font").value];
  if (Object.keys(typography).length) theme.typography = typography;
  const color = {};
  if (field("accent").checked) color.accent = { primary: field("primary").value, level: Number(field("level").value) };
  if (field("surface").checked) color.surface = { background: field("background").value, foreground: field("foreground").value };
  if (field("grayscale").checked) {
    const [hue, tint, shade] = ["hue", "tint", "shade"].map((name) => Number(field(name).value));
    color.grayscale = { hue, tint, shade };
  }
  if (Object.keys(color).length) theme.color = color;
  return theme;
}

/** Puts a theme into the form. */
function fillForm({ colorScheme, radius = "pill", density = "normal", typography = {}, color = {} }) {
  const set = (values) => {
    for (const [name, value] of Object.entries(values)) field(name).value = value;
  };
  const font = Object.keys(FONTS).find((name) => FONTS[name] === typography.fontFamily) ?? "";
  set({ colorScheme, radius, density, font, baseSize: typography.baseSize ?? 16 });
  for (const group of ["accent", "surface", "grayscale"]) {
    field(group).checked = Boolean(color[group]);
    set(color[group] ?? {});
  }
}

/** As one would write it: keys without quotes. */
const written = (theme) => `theme: ${JSON.stringify(theme, null, 2).replace(/^(\s*)"(\w+)":/gm, "$1$2:")},`;

function apply() {
  const theme = themeFromForm();
  for (const output of knobs.querySelectorAll("output")) output.value = output.parentElement.querySelector("input").value;
  for (const each of shown) each.chat.setOptions(optionsOf(each.state, theme));
  document.getElementById("theme-options").textContent = written(theme);
  const preset = Object.keys(THEMES).find((name) => written(THEMES[name].theme) === written(theme));
  for (const button of document.querySelectorAll("[data-theme]"))
    button.setAttribute("aria-pressed", String(button.dataset.theme === preset));
  document.getElementById("chosen").textContent = preset ? THEMES[preset].label : "your theme";
  judge();
}

let judging = 0;
/** Twice: the label of a button of the page's own colour is chosen by a part that comes later. */
function judge() {
  clearTimeout(judging);
  const look = () => {
    const answer = shown.find((each) => each.state.id === "answer");
    const short = answer ? showContrast(document.getElementById("contrast"), answer.chat) : 0;
    const words = short ? `${short} of ${PAIRS.length} pairs cannot be read well.` : `All ${PAIRS.length} pairs reach WCAG 2.2 AA.`;
    const verdict = document.getElementById("contrast-verdict");
    if (verdict.textContent !== words) verdict.textContent = words;
  };
  look();
  judging = setTimeout(look, 300);
}

const optionsOf = (state, theme) => ({ ...state.options, theme });

function place(list, state, theme, heading) {
  const item = document.createElement("li");
  const box = document.createElement("div");
  const chat = document.createElement("chat-dock");
  if (heading) {
    const title = item.appendChild(document.createElement("h3"));
    title.textContent = heading;
  }
  chat.dataset.state = state.id;
  // A page that is just being read is scrolled by nothing that wants the keyboard.
  chat.inert = true;
  chat.addEventListener("chatkit.ready", () => state.begin(chat).then(() => (chat.inert = !heading)), { once: true });
  box.append(chat);
  item.append(box);
  list.append(item);
  chat.setOptions(optionsOf(state, theme));
  return { chat, state, item };
}

function useTheme(name) {
  fillForm(THEMES[name].theme);
  const here = new URL(location.href);
  here.searchParams.set("theme", name);
  history.replaceState(null, "", here);
  apply();
}

const asked = new URL(location.href).searchParams.get("theme");
const first = Object.hasOwn(THEMES, asked) ? asked : shownScheme();
for (const [name, { label, words, theme }] of Object.entries(THEMES)) {
  const { item } = place(document.getElementById("strip"), sampleState(name), theme);
  const button = item.appendChild(document.createElement("button"));
  button.type = "button";
  button.dataset.theme = name;
  const small = document.createElement("small");
  small.textContent = words;
  button.append(label, small);
  button.addEventListener("click", () => useTheme(name));
}
fillForm(THEMES[first].theme);
for (const state of STATES) shown.push(place(document.getElementById("states"), state, THEMES[first].theme, state.label));
apply();
shown.find((each) => each.state.id === "answer").chat.addEventListener("chatkit.ready", judge);
knobs.addEventListener("input", apply);
knobs.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("scheme").addEventListener("change", ({ currentTarget }) => setScheme(currentTarget.value));
for (const button of knobs.querySelectorAll("[data-copy]")) button.addEventListener("click", copySnippet);
