// What every kept thread has, as one chunk: the versions of its messages, their days, and the menu in its header.
export { Day } from "./day.tsx";
export { ThreadMenu } from "./thread-menu.tsx";
export { css, Versions } from "./versions.tsx";
