/** Passkeys between the browser, which has bytes, and the server, which has JSON with base64url. */

/** @param {ArrayBuffer} buffer */
export function toBase64Url(buffer) {
  const text = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function fromBase64Url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

/** @param {any} known a list of passkeys in options of the server */
function withBytes(known = []) {
  return known.map((/** @type {{id: string}} */ one) => ({ ...one, id: fromBase64Url(one.id) }));
}

/**
 * The options for a new passkey. It is kept where it can sign in by itself, if the device can do that.
 * @param {{publicKey: any}} options of the server
 * @returns {CredentialCreationOptions}
 */
export function creationOptions({ publicKey }) {
  const { authenticatorSelection, user, challenge, excludeCredentials, ...others } = publicKey;
  return {
    publicKey: {
      ...others,
      authenticatorSelection: { ...authenticatorSelection, residentKey: "preferred", userVerification: "preferred" },
      user: { ...user, id: fromBase64Url(user.id) },
      challenge: fromBase64Url(challenge),
      excludeCredentials: withBytes(excludeCredentials),
    },
  };
}

/**
 * The options for using a passkey.
 * @param {{publicKey: any}} options of the server
 * @returns {CredentialRequestOptions}
 */
export function requestOptions({ publicKey }) {
  const { challenge, allowCredentials, ...others } = publicKey;
  return { publicKey: { ...others, challenge: fromBase64Url(challenge), allowCredentials: withBytes(allowCredentials) } };
}

/**
 * What the browser answered, as the server reads it.
 * @param {PublicKeyCredential} credential
 */
export function answer(credential) {
  const { id, rawId, type, response } = credential;
  /** @type {Record<string, string>} */
  const bytes = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const value = /** @type {any} */ (response)[name];
    if (value) bytes[name] = toBase64Url(value);
  }
  return { id, rawId: toBase64Url(rawId), type, response: bytes, clientExtensionResults: credential.getClientExtensionResults() };
}
