import assert from "node:assert/strict";
import { test } from "node:test";
import { givenName } from "../../../chat/static/chat/js/lib/given_name.js";

for (const [name, given] of [
  ["Ada Okafor", "Ada"],
  ["  Ada", "Ada"],
  ["서준 Park", "서준"],
  ["최하은", "하은"],
  ["남궁민수", "민수"],
  ["이준", "이준"],
  ["디자인 팀", "디자인"],
]) {
  test(`${name} is called ${given} where there is little room`, () => assert.equal(givenName(name), given));
}
