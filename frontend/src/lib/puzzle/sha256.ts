/**
 * SHA-256 (FIPS 180-4) of many texts that begin alike. The browser's own is there on secure pages
 * alone, and answers one text at a time through a promise: a hundred times slower for this.
 */

/** The first bits of the fractions of roots of the first primes. */
const fraction = (root: number) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
const PRIMES: number[] = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
const K = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const BLOCK = 64;
const words = new Uint32Array(64);

const turn = (x: number, n: number) => (x >>> n) | (x << (32 - n));

/** Takes one block of the bytes into the state. */
function compress(state: Uint32Array, bytes: Uint8Array, from: number): void {
  for (let i = 0; i < 16; i++) {
    const at = from + i * 4;
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const a = words[i - 15]!;
    const b = words[i - 2]!;
    const low = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
    const high = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
    words[i] = (words[i - 16]! + low + words[i - 7]! + high) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + words[i]!) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

/** A function that hashes this beginning with whatever end: eight words of 32 bits, good until the next call. */
export function hasher(beginning: string): (end: string) => Uint32Array {
  const head = new TextEncoder().encode(beginning);
  const whole = head.length - (head.length % BLOCK);
  const middle = START.slice();
  for (let at = 0; at < whole; at += BLOCK) compress(middle, head, at);
  const rest = head.slice(whole);
  const state = new Uint32Array(8);
  const buffer = new Uint8Array(4 * BLOCK);

  return (end) => {
    const length = rest.length + end.length;
    const blocks = Math.ceil((length + 9) / BLOCK);
    if (blocks * BLOCK > buffer.length) throw new RangeError("the end is too long");
    buffer.fill(0, 0, blocks * BLOCK);
    buffer.set(rest);
    // Ends are digits: one byte each.
    for (let i = 0; i < end.length; i++) buffer[rest.length + i] = end.charCodeAt(i);
    buffer[length] = 0x80;
    new DataView(buffer.buffer).setUint32(blocks * BLOCK - 4, (whole + length) * 8);
    state.set(middle);
    for (let block = 0; block < blocks; block++) compress(state, buffer, block * BLOCK);
    return state;
  };
}
