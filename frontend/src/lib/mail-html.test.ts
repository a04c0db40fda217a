import { expect, test } from "vitest";
import { mailFragment } from "./mail-html";

function shown(html: string): HTMLElement {
  const host = document.createElement("div");
  host.append(mailFragment(html));
  return host;
}

test("words and harmless styles stay", () => {
  const mail = shown('<body style="padding: 24px"><p style="color: red; margin:0">Hello <b>Ada</b></p></body>');
  expect(mail).toHaveTextContent("Hello Ada");
  expect(mail.querySelector("p")!.style.color).toBe("red");
  expect((mail.firstElementChild as HTMLElement).style.padding).toBe("24px");
});

test("nothing that runs, loads or leads anywhere stays", () => {
  const mail = shown(`<body><script>alert(1)</script><img src="https://evil.example/x.png" onerror="alert(1)">
    <a href="https://evil.example" onclick="alert(1)">Choose your password</a><iframe src="https://evil.example"></iframe>
    <p style="background: url(https://evil.example/y.png)">x</p><style>p { color: red }</style></body>`);
  expect(mail.innerHTML).not.toMatch(/evil|alert|script|img|iframe|on[a-z]+=/i);
  expect(mail).toHaveTextContent("Choose your password");
});

test("text that looks like a style is left alone", () => {
  expect(shown("<p>a style = b &lt;p style=x&gt;</p>")).toHaveTextContent("a style = b <p style=x>");
});
