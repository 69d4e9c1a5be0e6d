// Rules for the scripts of assets/ and their tests. ESLint with Prettier rather than Biome: its
// `complexity` counts paths as ruff's mccabe does for Python, so 10 means the same on both sides;
// Biome counts nesting instead.
import js from "@eslint/js";
import globals from "globals";

const rules = {
  ...js.configs.recommended.rules,
  complexity: ["error", 10],
  "max-lines": ["error", 350],
  "max-lines-per-function": ["error", { max: 45 }],
  "max-len": ["error", { code: 100 }],
  "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
  eqeqeq: "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-var": "error",
  "prefer-const": "error",
};

export default [
  { files: ["assets/**/*.mjs"], rules, languageOptions: { globals: globals.browser } },
  {
    files: ["assets/*.js"],
    rules: { ...rules, "max-lines-per-function": ["error", { max: 45, IIFEs: false }] },
    languageOptions: { globals: globals.browser, sourceType: "script" },
  },
  {
    files: ["tests/js/**/*.mjs"],
    rules,
    languageOptions: { globals: { ...globals.node, document: true, localStorage: true } },
  },
];
