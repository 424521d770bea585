// One image, as large as the window allows, in a native dialog: Escape and a click beside it close it, and focus goes back.
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Enlarged, useView, type View } from "./context.ts";
import { Leave } from "./leave.tsx";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function Lightbox({ image: { src, alt, fileId } }: { image: Enlarged }) {
  return alt === undefined ? <Leave href={src} /> : <Picture src={src} alt={alt} fileId={fileId} />;
}

function Picture({ src, alt, fileId }: Enlarged & { alt: string }) {
  const view = useView();
  const terms = useAllTerms();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      class="lightbox"
      part="lightbox"
      aria-label={alt || terms.image}
      onClose={() => {
        view.enlarged.value = null;
      }}
      onClick={(event) => {
        if (!(event.target as Element).closest("button,a")) close();
      }}
      // The dialog's own Escape is enough; the launcher around it must not close too.
      onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}
    >
      <div class="lightbox-bar">
        {fileId && view.chat.client.resumable ? (
          <button
            type="button"
            class="icon-button"
            aria-label={terms.download}
            title={terms.download}
            onClick={() => void import("./methods.ts").then(({ saveFile }) => saveFile(view, fileId, alt), view.fail)}
          >
            <Icon name="download" size={20} />
          </button>
        ) : (
          <a
            class="icon-button"
            href={src}
            download={fileName(src, alt)}
            target="_blank"
            rel="noopener noreferrer"
            referrerpolicy="no-referrer"
            aria-label={terms.download}
            title={terms.download}
          >
            <Icon name="download" size={20} />
          </a>
        )}
        <button type="button" class="icon-button" aria-label={terms.closeImage} title={terms.closeImage} onClick={close}>
          <Icon name="x" size={20} />
        </button>
      </div>
      <img src={src} alt={alt} referrerpolicy="no-referrer" />
    </dialog>
  );
}

function fileName(src: string, alt: string): string {
  const type = /^data:image\/(\w+)/.exec(src)?.[1];
  if (type) return `${alt.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60) || "image"}.${type === "jpeg" ? "jpg" : type}`;
  return src.split(/[?#]/)[0]?.split("/").at(-1) || "image";
}

export function enlarge(target: HTMLElement, view: View): void {
  const image = target instanceof HTMLImageElement ? target : target.querySelector("img");
  if (!image) return;
  view.enlarged.value = { src: image.currentSrc || image.src, alt: image.alt, fileId: target.dataset.enlarge || undefined };
}
