// Two soft notes, made rather than loaded. A browser plays nothing before the visitor has touched the page.

const NOTES = [
  { hertz: 659, at_seconds: 0 },
  { hertz: 880, at_seconds: 0.11 },
];
const NOTE_SECONDS = 0.32;
const LOUDNESS = 0.06;

let context: AudioContext | undefined;

export function chime(): void {
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
  context ??= new AudioContext();
  const { currentTime, destination } = context;
  void context.resume();
  for (const { hertz, at_seconds } of NOTES) {
    const from = currentTime + at_seconds;
    const note = context.createOscillator();
    const volume = context.createGain();
    note.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUDNESS, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + NOTE_SECONDS);
    note.connect(volume).connect(destination);
    note.start(from);
    note.stop(from + NOTE_SECONDS);
  }
}
