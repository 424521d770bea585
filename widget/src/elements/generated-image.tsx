import type { GeneratedImage as ImageItem } from "../core/types.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { useAllTerms } from "./use-all-terms.ts";

/** An image on its way, and once it is there: a picture that can be enlarged. */
export function GeneratedImage({ item, live }: { item: ImageItem; live: boolean }) {
  const terms = useAllTerms();
  const { chat } = useView();
  const progress = chat.imageProgress.value[item.id];
  const url = item.image?.url;
  const shown = url && /^(https?:|data:image\/|blob:)/i.test(url) ? url : undefined;
  return (
    <figure class={live ? "generated live" : "generated"} part="image">
      {shown ? (
        <button
          type="button"
          class="generated-image"
          data-enlarge=""
          disabled={live}
          aria-label={fill(terms.enlarge, { name: terms.generatedImage })}
        >
          <img src={shown} alt={terms.generatedImage} decoding="async" />
        </button>
      ) : (
        <div class="generated-wait" />
      )}
      {live && (
        <figcaption>
          <span class="spinner" />
          <span class="shimmer">{terms.generatingImage}</span>
          {progress !== undefined && <progress max={1} value={progress} aria-label={terms.generatingImage} />}
        </figcaption>
      )}
    </figure>
  );
}
