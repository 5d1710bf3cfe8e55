import assert from "node:assert/strict";
import { test } from "node:test";

import { suggestUsername } from "../../chat/static/chat/js/pages.js";

for (const [name, username] of [
  ["Mina Kim", "mina.kim"],
  ["서준 Park", "서준"],
  ["Park 서준", "park"],
  ["山田 タロウ", "山田.タロウ"],
  ["  Ana-Lúcia  O'Neil ", "ana-lúcia.oneil"],
  ["★", ""],
  ["x".repeat(200), "x".repeat(150)],
]) {
  test(`a username is suggested from "${name.slice(0, 20)}" as the server does`, () => {
    assert.equal(suggestUsername(name), username);
  });
}
