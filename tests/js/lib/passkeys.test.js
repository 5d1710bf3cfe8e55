import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, creationOptions, fromBase64Url, requestOptions, toBase64Url } from "../../../chat/static/chat/js/lib/passkeys.js";

test("bytes survive the way to the server and back", () => {
  for (let length = 0; length < 9; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, index) => 255 - 37 * index);
    const text = toBase64Url(bytes.buffer);
    assert.match(text, /^[A-Za-z0-9_-]*$/);
    assert.deepEqual(fromBase64Url(text), bytes);
  }
});

test("a new passkey is asked for with bytes, and where it can sign in by itself", () => {
  const { publicKey } = creationOptions({
    publicKey: {
      rp: { id: "localhost", name: "Maple" },
      user: { id: "MQ", name: "mina", displayName: "Mina" },
      challenge: "AQI",
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      excludeCredentials: [{ id: "Aw", type: "public-key" }],
      authenticatorSelection: { residentKey: "discouraged", requireResidentKey: false },
    },
  });
  assert.deepEqual(publicKey?.challenge, Uint8Array.of(1, 2));
  assert.deepEqual(publicKey?.user.id, Uint8Array.of(0x31));
  assert.deepEqual(publicKey?.excludeCredentials, [{ id: Uint8Array.of(3), type: "public-key" }]);
  assert.equal(publicKey?.authenticatorSelection?.residentKey, "preferred");
});

test("a sign-in without a name lets the browser offer its passkeys", () => {
  const { publicKey } = requestOptions({ publicKey: { challenge: "AQI", rpId: "localhost", userVerification: "required" } });
  assert.deepEqual(publicKey?.allowCredentials, []);
  assert.equal(publicKey?.userVerification, "required");
});

test("the answer has what the browser gave, and nothing in the place of what it did not", () => {
  const given = {
    id: "AQ",
    rawId: Uint8Array.of(1).buffer,
    type: "public-key",
    response: { clientDataJSON: Uint8Array.of(2).buffer, signature: Uint8Array.of(3).buffer, userHandle: null },
    getClientExtensionResults: () => ({}),
  };
  assert.deepEqual(answer(/** @type {any} */ (given)), {
    id: "AQ",
    rawId: "AQ",
    type: "public-key",
    response: { clientDataJSON: "Ag", signature: "Aw" },
    clientExtensionResults: {},
  });
});
