/** Turns the portal's accent colour into the colours the pages need. */

type Rgb = [number, number, number];

export interface Accent {
  /** The fill itself. */
  fill: string;
  /** The fill under the pointer: away from the text on it, so that this reads even better. */
  hover: string;
  /** Text on the fill: the better readable of near-black and white. */
  on: string;
  /** The colour as text or focus ring on light and on dark surfaces, at 4.5:1 or more, tints included. */
  textLight: string;
  textDark: string;
}

const LIGHT: Rgb = [246, 246, 248];
const DARK: Rgb = [42, 45, 52];
const READABLE = 5.2;

export function parseHex(hex: string): Rgb | null {
  const digits = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(hex.trim())?.[1];
  if (!digits) return null;
  const full = digits.length === 3 ? [...digits].map((d) => d + d).join("") : digits;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as Rgb;
}

const toHex = (rgb: Rgb) => "#" + rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("");

/** Relative luminance, WCAG 2.2. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const mix = (from: Rgb, to: Rgb, share: number) => from.map((c, i) => c + (to[i]! - c) * share) as Rgb;

/** Moves the colour towards black or white in small steps until it reads on the ground. */
function readableOn(ground: Rgb, colour: Rgb, towards: Rgb): Rgb {
  for (let step = 0; step <= 1; step += 0.04) {
    const mixed = mix(colour, towards, step);
    if (contrast(mixed, ground) >= READABLE) return mixed;
  }
  return towards;
}

export function accentFrom(hex: string): Accent | null {
  const colour = parseHex(hex);
  if (!colour) return null;
  const ink: Rgb = [18, 19, 23];
  const white: Rgb = [255, 255, 255];
  const onIsWhite = contrast(colour, white) >= contrast(colour, ink);
  return {
    fill: toHex(colour),
    hover: toHex(mix(colour, onIsWhite ? [0, 0, 0] : white, 0.1)),
    on: toHex(onIsWhite ? white : ink),
    textLight: toHex(readableOn(LIGHT, colour, [0, 0, 0])),
    textDark: toHex(readableOn(DARK, colour, [255, 255, 255])),
  };
}

export function applyAccent(hex: string): void {
  const accent = accentFrom(hex);
  if (!accent) return;
  const style = document.documentElement.style;
  style.setProperty("--accent", accent.fill);
  style.setProperty("--accent-hover", accent.hover);
  style.setProperty("--on-accent", accent.on);
  style.setProperty("--accent-text-light", accent.textLight);
  style.setProperty("--accent-text-dark", accent.textDark);
}
