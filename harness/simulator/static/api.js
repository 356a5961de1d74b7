// The lab's two APIs: /lab/v1 (world, phones, clock, trace) and /desk/v1 (the agent's side).

export class Refusal extends Error {}

async function call(method, path, body) {
  const options = { method, headers: {} };
  if (method !== "GET") {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body ?? {});
  }
  const response = await fetch(path, options);
  if (response.status === 204) return {};
  const answer = await response.json();
  if (!response.ok) {
    const { code, message, hint } = answer.error;
    throw new Refusal(hint && code !== "impossible" ? `${message} (${hint})` : message);
  }
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);

/** A file as base64, read by the browser. */
export function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",", 2)[1] ?? "");
    reader.onerror = () => reject(new Refusal(`cannot read ${file.name}`));
    reader.readAsDataURL(file);
  });
}
