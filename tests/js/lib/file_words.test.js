import assert from "node:assert/strict";
import { test } from "node:test";
import { endingOf, pictureSources } from "../../../chat/static/chat/js/lib/file_addresses.js";
import { progressText, sizeText } from "../../../chat/static/chat/js/lib/sizes.js";
import { filesExcerpt, preview, quotedText } from "../../../chat/static/chat/js/lib/text.js";

/** @import { Attachment } from "../../../chat/static/chat/js/net/protocol.js" */

const MEBIBYTE = 1024 * 1024;

test("sizes have a digit behind the point only where it says something", () => {
  assert.equal(sizeText(782), "782 bytes");
  assert.equal(sizeText(655_360), "640 KB");
  assert.equal(sizeText(1.9 * MEBIBYTE), "1.9 MB");
  assert.equal(sizeText(3 * MEBIBYTE), "3 MB");
  assert.equal(sizeText(612.3 * MEBIBYTE), "612 MB");
});

test("progress is in the unit of the whole", () => {
  assert.equal(progressText(1.2 * MEBIBYTE, 1.9 * MEBIBYTE), "1.2 of 1.9 MB");
  assert.equal(progressText(0, 3 * MEBIBYTE), "0 of 3 MB");
});

test("a short ending of a name is its badge", () => {
  const names = ["plan.pdf", "가격표 최종.PDF", "archive.tar.gz", ".env", "notes", "a.longending", "이름.한글"];
  assert.deepEqual(names.map(endingOf), ["PDF", "PDF", "GZ", "", "", "", ""]);
});

/**
 * @param {string} name
 * @param {Attachment["kind"]} [kind]
 */
function file(name, kind = "file") {
  return { id: "1", name, kind, type: "", size: 1 };
}

test("a message says in one line what it carries", () => {
  const said = /** @param {Attachment[]} files */ (files, text = "") => preview({ text, files: filesExcerpt(files) });
  assert.equal(said([file("가격표.pdf", "pdf")]), "📎 가격표.pdf");
  assert.equal(said([file("a.png", "image"), file("b.png", "image"), file("c.png", "image")]), "📎 3 pictures");
  assert.equal(said([file("a.png", "image"), file("b.pdf", "pdf")], "Both"), "📎 a.png and 1 more Both");
  assert.equal(said([file("voice-1.webm", "voice")]), "🎙️ Voice message");
  assert.equal(said([], "No files"), "No files");
});

test("a quote says how many files there are", () => {
  assert.equal(quotedText({ text: "", files: 3 }), "📎 3 files");
  assert.equal(quotedText({ text: "**Look**", files: 1 }), "📎 1 file Look");
  assert.equal(quotedText({ text: "Hello" }), "Hello");
});

test("browsers choose among the pictures that exist", () => {
  const picture = { ...file("a b.png", "image"), width: 3200, height: 2400 };
  assert.equal(pictureSources({ ...picture, small: true, large: true }).srcset, "/files/1/small/ 480w, /files/1/large/ 1600w");
  assert.equal(pictureSources({ ...picture, width: 800, height: 1600, small: true }).srcset, "/files/1/small/ 240w, /files/1/a%20b.png 800w");
  assert.deepEqual(pictureSources({ ...picture, width: 40, height: 30 }), { src: "/files/1/a%20b.png", srcset: "/files/1/a%20b.png 40w" });
});
