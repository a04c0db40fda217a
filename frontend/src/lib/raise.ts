/** Toasts stand above what sticks to the foot of the page, for as long as it is there. */

/** So far from the foot of the window something is in the way of toasts, in pixels: as high as three of them. */
const NEAR = 200;

export function raiseToasts(node: HTMLElement): () => void {
  const { style } = document.documentElement;
  function measure() {
    const { top, bottom } = node.getBoundingClientRect();
    const inTheWay = top < innerHeight && bottom > innerHeight - NEAR;
    style.setProperty("--foot", `${inTheWay ? Math.round(innerHeight - top) : 0}px`);
  }
  measure();
  // A list that gets shorter moves it as well.
  const sizes = new ResizeObserver(measure);
  sizes.observe(document.body);
  sizes.observe(node);
  addEventListener("scroll", measure, { passive: true });
  addEventListener("resize", measure);
  return () => {
    sizes.disconnect();
    removeEventListener("scroll", measure);
    removeEventListener("resize", measure);
    style.removeProperty("--foot");
  };
}
