// The icons of the chat's own controls. Shapes from Lucide (ISC licence), each as one path on a 24 by 24 grid, stroked.

export const PATHS = {
  "arrow-down": "M12 5v14M19 12l-7 7-7-7",
  "arrow-left": "M12 19l-7-7 7-7M19 12H5",
  "arrow-up": "M5 12l7-7 7 7M12 19V5",
  check: "M20 6 9 17l-5-5",
  "circle-alert": "M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0M12 8L12 12M12 16L12.01 16",
  copy: "M10 8h10a2 2 0 0 1 2 2v10a2 2 0 0 1 -2 2h-10a2 2 0 0 1 -2 -2v-10a2 2 0 0 1 2 -2zM4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2",
  plus: "M5 12h14M12 5v14",
  "rotate-ccw-clock": "M3 12a9 9 0 1 0 9-9 9.75 9.75 0 0 0-6.74 2.74L3 8M3 3v5h5M12 7v5l4 2",
  x: "M18 6 6 18M6 6l12 12",
} as const;
