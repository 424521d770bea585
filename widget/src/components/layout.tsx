// Boxes and what holds them: Basic, Box, Row, Col, Form, Spacer, Divider, Transition; and images.
import { useState } from "preact/hooks";
import { useTerms } from "../elements/context.ts";
import { Children } from "./children.tsx";
import { action, type ComponentProps, useWidget } from "./context.ts";
import { blockStyle, boxStyle, colour, gap, length, pictureAddress } from "./values.ts";

export function Box({ node }: ComponentProps) {
  const { dark } = useWidget();
  const direction = node.type === "Row" || node.direction === "row" ? "row" : "column";
  return (
    <div class={direction === "row" ? "w-box w-row" : "w-box"} style={boxStyle(node, dark, direction)}>
      <Children of={node} />
    </div>
  );
}

export function Form({ node }: ComponentProps) {
  const { dark, run } = useWidget();
  const submit = action(node.onSubmitAction);
  return (
    <form
      class="w-box"
      style={boxStyle(node, dark, node.direction === "row" ? "row" : "column")}
      onSubmit={(event) => {
        event.preventDefault();
        if (submit) void run(submit, event.currentTarget, "container");
      }}
    >
      <Children of={node} />
    </form>
  );
}

export function Spacer({ node }: ComponentProps) {
  return <div style={{ flex: "1 1 auto", minWidth: length(node.minSize), minHeight: length(node.minSize) }} />;
}

export function Divider({ node }: ComponentProps) {
  const { dark } = useWidget();
  return (
    <hr
      class={node.flush === true ? "w-divider flush" : "w-divider"}
      style={{
        height: length(node.size),
        background: node.color === undefined ? undefined : colour(node.color, dark),
        marginBlock: gap(node.spacing),
      }}
    />
  );
}

export function Transition({ node }: ComponentProps) {
  return (
    <div class="w-transition">
      <Children of={node} />
    </div>
  );
}

export function Image({ node }: ComponentProps) {
  const { dark, imageAllowed } = useWidget();
  const terms = useTerms();
  const [asked, ask] = useState("");
  const src = pictureAddress(node.src);
  if (!src) return null;
  const alt = typeof node.alt === "string" ? node.alt : "";
  if (src !== asked && !imageAllowed(src)) {
    // As in text: where it would come from, and nothing is fetched until it is asked for.
    const { hostname } = new URL(src);
    return (
      <button type="button" class="image-chip" onClick={() => ask(src)}>
        <span class="sr">{terms.loadImage}: </span>
        <span dir="auto">{alt || terms.image}</span> <small>{hostname}</small>
      </button>
    );
  }
  const fit = /^(cover|contain|fill|scale-down|none)$/.test(String(node.fit)) ? String(node.fit) : "cover";
  const position = /^[a-z ]{3,12}$/.test(String(node.position)) ? String(node.position) : undefined;
  return (
    <img
      class={`w-image${node.frame === true ? " frame" : ""}${node.flush === true ? " flush" : ""}`}
      src={src}
      alt={alt}
      loading="lazy"
      referrerpolicy="no-referrer"
      style={{ ...blockStyle(node, dark), objectFit: fit, objectPosition: position }}
    />
  );
}
