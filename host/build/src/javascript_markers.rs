//! The files that a folder in JavaScript or TypeScript is known by, also where nothing builds it.

/// A package.json, or an entry of a usual name, the first of which counts.
pub(super) const JAVASCRIPT_MARKERS: [&str; 13] = [
    "package.json",
    "index.ts",
    "index.mts",
    "index.js",
    "index.mjs",
    "app.ts",
    "app.mts",
    "app.js",
    "app.mjs",
    "main.ts",
    "main.mts",
    "main.js",
    "main.mjs",
];
