// What is shown of a conversation once there is one: the transcript and its markdown. It is loaded right behind the composer, which does
// not wait for it.
export { Prose } from "./assistant-message.tsx";
export { default as css } from "./prose.css";
export { Thread } from "./thread.tsx";
