import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const size = (max) => ({ "max-lines": ["error", { max, skipBlankLines: true }] });

export default ts.config(
  { ignores: ["dist/", "node_modules/", "src/lib/api/schema.d.ts"] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: globals.browser } },
  { files: ["**/*.ts"], rules: size(400) },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  {
    files: ["**/*.svelte"],
    rules: {
      ...size(250),
      "svelte/no-at-html-tags": "error",
      // The page's CSP has no 'unsafe-inline': a style attribute would be dropped.
      "no-restricted-syntax": [
        "error",
        {
          selector: 'SvelteAttribute[key.name="style"]',
          message: "The CSP refuses style attributes; use a class or style:property.",
        },
      ],
      // Links are built by the router's typed p() or are plain files of the API.
      "svelte/no-navigation-without-resolve": "off",
    },
  },
);
