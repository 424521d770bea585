// Speaking instead of typing: the page's microphone, recorded here, turned into text by the server, added to what is written.
import { useEffect, useRef, useState } from "preact/hooks";
import { replace } from "../core/editing.ts";
import { refuse } from "../core/uploads.ts";
import { useView, type View } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
// Longer recordings would be refused by most services.
const MAX_SECONDS = 300;
const BARS = 24;

export function dictationEnabled({ options, config }: View): boolean {
  const { enabled } = options.value.composer?.dictation ?? {};
  return enabled === true && config.value.dictation !== false && typeof MediaRecorder === "function" && !!navigator.mediaDevices;
}

// Once, when the button comes: a ref of one identity leaves the focus alone when it is drawn again.
const focus = (el: HTMLElement | null) => el?.focus();

type Take = { recorder: MediaRecorder; stream: MediaStream; chunks: Blob[]; kept: boolean };

export function Dictation({ disabled }: { disabled: boolean }) {
  const view = useView();
  const terms = useAllTerms();
  const [state, setState] = useState<"idle" | "asking" | "listening" | "writing">("idle");
  const take = useRef<Take | null>(null);

  const end = (kept: boolean) => {
    const now = take.current;
    if (!now) return;
    now.kept = kept;
    if (now.recorder.state !== "inactive") now.recorder.stop();
    for (const track of now.stream.getTracks()) track.stop();
  };
  useEffect(() => () => end(false), []);

  const fail = (error: unknown) => {
    const denied = error instanceof DOMException && error.name === "NotAllowedError";
    refuse(view.composer, { reason: "refused", name: terms.dictate, message: denied ? terms.dictationDenied : terms.dictationFailed });
    view.fail(error instanceof Error ? error : new Error(String(error)));
  };
  const begin = async () => {
    setState("asking");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const mimeType = TYPES.find((each) => MediaRecorder.isTypeSupported(each));
      const recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
      const now: Take = { recorder, stream, chunks: [], kept: false };
      take.current = now;
      recorder.ondataavailable = ({ data }) => data.size && now.chunks.push(data);
      recorder.onstop = () => void finish(now);
      recorder.start(500);
      setState("listening");
      view.announce(terms.listening);
    } catch (error) {
      setState("idle");
      fail(error);
    }
  };
  const finish = async (now: Take) => {
    take.current = null;
    if (!now.kept || !now.chunks.length) return setState("idle");
    setState("writing");
    try {
      const mime_type = now.recorder.mimeType || "audio/webm";
      const audio_base64 = await toBase64(new Blob(now.chunks, { type: mime_type }));
      const { text } = await view.chat.client.call<{ text: string }>("input.transcribe", { audio_base64, mime_type });
      const before = view.composer.text.value;
      if (text.trim()) replace(view.composer, before.length, before.length, (before && !/\s$/.test(before) ? " " : "") + text.trim());
      view.announce(text);
    } catch (error) {
      fail(error);
    }
    setState("idle");
    view.focusComposer();
  };

  if (state === "listening" && take.current)
    return (
      <div class="listening" role="group" aria-label={terms.listening}>
        <Level stream={take.current.stream} onTooLong={() => end(true)} />
        <button
          type="button"
          class="icon-button"
          aria-label={terms.dictationCancel}
          title={terms.dictationCancel}
          onClick={() => end(false)}
        >
          <Icon name="x" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={terms.dictationDone}
          title={terms.dictationDone}
          ref={focus}
          onClick={() => end(true)}
        >
          <Icon name="check" />
        </button>
      </div>
    );
  return (
    <button
      type="button"
      class="icon-button dictate"
      aria-label={terms.dictate}
      title={terms.dictate}
      aria-busy={state !== "idle"}
      disabled={disabled || state !== "idle"}
      onClick={() => void begin()}
    >
      {state === "idle" ? <Icon name="mic" /> : <span class="spinner" />}
    </button>
  );
}

/** How loud it is, and for how long; nothing a screen reader should repeat. */
function Level({ stream, onTooLong }: { stream: MediaStream; onTooLong(): void }) {
  const bars = useRef<HTMLSpanElement>(null);
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 256;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    const heights: number[] = Array.from({ length: BARS }, () => 0);
    const began = performance.now();
    const timer = setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      const loudest = samples.reduce((most, each) => Math.max(most, Math.abs(each - 128)), 0) / 128;
      heights.push(Math.min(1, loudest * 1.8));
      heights.shift();
      for (const [index, bar] of [...(bars.current?.children ?? [])].entries())
        (bar as HTMLElement).style.transform = `scaleY(${0.12 + 0.88 * (heights[index] ?? 0)})`;
      const now = Math.floor((performance.now() - began) / 1000);
      setSeconds(now);
      if (now >= MAX_SECONDS) onTooLong();
    }, 80);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [stream]);
  return (
    <>
      <span ref={bars} class="bars" aria-hidden="true">
        {Array.from({ length: BARS }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the bars are their places
          <i key={index} />
        ))}
      </span>
      <span class="clock" aria-hidden="true">
        {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
      </span>
    </>
  );
}

function toBase64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error ?? new Error("the recording could not be read"));
    reader.readAsDataURL(blob);
  });
}
