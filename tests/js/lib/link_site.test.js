import assert from "node:assert/strict";
import { test } from "node:test";

import { siteOf } from "../../../chat/static/chat/js/lib/link_site.js";

test("the host of a page is always shown, also beside what the page calls its site", () => {
  assert.equal(siteOf({ url: "https://evil.example/login", site: "Your Bank" }), "evil.example · Your Bank");
  assert.equal(siteOf({ url: "https://evil.example/login" }), "evil.example");
  assert.equal(siteOf({ url: "https://blog.example/", site: "Blog.Example" }), "blog.example");
});

test("an address that browsers refuse breaks nothing", () => {
  for (const url of ["http://xn--a.example.com/", "http://1.2.3.4.5/", "http://a.0x/"]) {
    assert.equal(siteOf({ url, site: "S" }), `${url} · S`);
  }
});
