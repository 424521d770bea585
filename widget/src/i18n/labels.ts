// What the launcher is called in every language but English; the chat itself brings its own words when it is opened.
export { labels } from "chatdock:labels";
