// What can be read: the colours a chat really has, set against each other as WCAG 2.2 does.
"use strict";

/** Name, colour in front, colour behind it, and the ratio WCAG asks for: 4.5 for text, 3 for controls. The names are base.css's. */
const PAIRS = [
  ["Text", "text", "bg", 4.5],
  ["Quieter text", "text-2", "bg", 4.5],
  ["Text on chips and code", "text", "bg-2", 4.5],
  ["The visitor's bubble", "on-bubble", "bubble", 4.5],
  ["Links", "link", "bg", 4.5],
  ["Errors", "danger", "bg", 4.5],
  ["Primary button's label", "on-accent", "accent", 4.5],
  ["Primary button", "accent", "bg", 3],
  ["Focus ring", "focus", "bg", 3],
  ["Lines of fields", "line-strong", "bg", 3],
];

/** How the colours of a chat are found: by an element inside it that takes each one in turn. */
function coloursOf(chat) {
  const root = chat.shadowRoot?.querySelector(".root");
  if (!root) return null;
  const probe = document.createElement("i");
  probe.hidden = true;
  root.append(probe);
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (name) => {
    probe.style.color = name === "on-bubble" ? "var(--ck-on-bubble, var(--text))" : `var(--${name})`;
    context.fillStyle = getComputedStyle(probe).color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const colours = Object.fromEntries(PAIRS.flatMap(([, front, back]) => [front, back]).map((name) => [name, read(name)]));
  probe.remove();
  return colours;
}

/** Relative luminance of sRGB bytes. */
function luminance(colour) {
  const [r, g, b] = colour.map((byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** 1 to 21. */
function ratioOf(front, back) {
  const [low, high] = [luminance(front), luminance(back)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const css = (colour) => `rgb(${colour.join(" ")})`;

const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

/** Fills the list; answers how many pairs fall short. */
function showContrast(list, chat) {
  const colours = coloursOf(chat);
  if (!colours) return 0;
  let short = 0;
  list.replaceChildren(
    ...PAIRS.map(([label, front, back, wanted]) => {
      // Rounded down: what is shown as 4.5 is 4.5.
      const ratio = Math.floor(ratioOf(colours[front], colours[back]) * 100) / 100;
      const passes = ratio >= wanted;
      if (!passes) short++;
      const sample = element("span", { className: "sample", ariaHidden: "true", textContent: wanted > 3 ? "Aa" : "\u25cf" });
      sample.style.color = css(colours[front]);
      sample.style.background = css(colours[back]);
      const words = document.createElement("span");
      words.append(
        element("b", { textContent: label }),
        element("span", { className: "ratio", textContent: `${ratio.toFixed(2)} : 1, wanted ${wanted}` }),
      );
      const item = document.createElement("li");
      item.append(sample, words, element("span", { className: passes ? "pass" : "fail", textContent: passes ? "pass" : "fail" }));
      return item;
    }),
  );
  return short;
}
