// What every kept thread has, as one chunk: the versions of its messages, and the menu in its header.
export { ThreadMenu } from "./thread-menu.tsx";
export { css, Versions } from "./versions.tsx";
