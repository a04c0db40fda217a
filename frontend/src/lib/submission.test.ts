import { expect, test, vi } from "vitest";
import { ApiError } from "./api/problem";
import { Submission } from "./submission.svelte";

const refused = new ApiError(422, "validation-failed", "Some fields are not right.", [
  { field: "email", code: "taken", message: "This e-mail is used already." },
  { field: "welcome.subject", code: "too-long", message: "Too long." },
]);

test("what has a field stands there, the rest above the form", async () => {
  const form = new Submission();
  expect(form.field("email")).toBeNull();
  await form.run(() => Promise.reject(refused));
  expect(form.field("email")).toBe("This e-mail is used already.");
  expect(form.problem).toBe("welcome.subject: Too long.");
});

test("a refusal without fields is said above the form", async () => {
  const form = new Submission();
  await form.run(() => Promise.reject(new ApiError(409, "self", "You can’t disable yourself.")));
  expect(form.problem).toBe("You can’t disable yourself.");
});

test("too many tries says how long to wait", async () => {
  const form = new Submission();
  await form.run(() => Promise.reject(new ApiError(429, "too-many-requests", "Slow down.", [], 30)));
  expect(form.problem).toBe("Too many tries. Try again in 30 seconds.");
});

test("a second press while the first is under way does nothing", async () => {
  const form = new Submission();
  let runs = 0;
  let finish = () => {};
  const work = () => {
    runs++;
    return new Promise<void>((resolve) => (finish = resolve));
  };
  const first = form.run(work);
  expect(await form.run(work)).toBe(false);
  finish();
  expect(await first).toBe(true);
  expect(runs).toBe(1);
  expect(form.busy).toBe(false);
});

test("a new try forgets the old refusal", async () => {
  const form = new Submission();
  await form.run(() => Promise.reject(refused));
  await form.run(async () => {});
  expect(form.error).toBeNull();
  expect(form.field("email")).toBeNull();
});

test("a button in the form leads to the first refused field as its sending does", async () => {
  document.body.innerHTML = `<form><input id="name" /><input id="email" aria-invalid="true" /><button>Preview</button></form>`;
  const form = new Submission();
  const button = document.querySelector("button")!;
  button.addEventListener(
    "click",
    form.handler(() => Promise.reject(refused)),
  );
  button.click();
  await vi.waitFor(() => expect(document.activeElement).toBe(document.querySelector("#email")));
});
