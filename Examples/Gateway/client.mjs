#!/usr/bin/env node
// Talks to a gateway with nothing but node's own http module, over TCP or over a Unix socket.
//
//   node client.mjs http://127.0.0.1:8317
//   node client.mjs unix:modelplex.socket
//
// PLEX_MODEL names the model.
import http from "node:http";

const address = process.argv[2] ?? "http://127.0.0.1:8317";
const model = process.env.PLEX_MODEL ?? "gpt-4o-mini";
const place = address.startsWith("unix:")
    ? { socketPath: address.slice("unix:".length), host: "modelplex" }
    : { hostname: new URL(address).hostname, port: new URL(address).port };

/** Sends a request; the promise holds the response when its head is there. */
function send(method, path, body) {
    return new Promise((resolve, reject) => {
        const headers = body ? { "content-type": "application/json" } : {};
        const request = http.request({ ...place, method, path, headers }, resolve);
        request.on("error", reject);
        request.end(body && JSON.stringify(body));
    });
}

async function text(response) {
    response.setEncoding("utf8");
    let whole = "";
    for await (const piece of response) whole += piece;
    return whole;
}

/** The data of each server-sent event, as it comes. */
async function* events(response) {
    response.setEncoding("utf8");
    let rest = "";
    for await (const piece of response) {
        const lines = (rest + piece).split("\n");
        rest = lines.pop();
        for (const line of lines) {
            if (line.startsWith("data: ")) yield line.slice("data: ".length);
        }
    }
}

const ask = (content, more = {}) => ({ model, messages: [{ role: "user", content }], temperature: 0, ...more });

const models = JSON.parse(await text(await send("GET", "/v1/models")));
console.log("models:", models.data.map((each) => each.id).join(", "));

const answer = await send("POST", "/v1/chat/completions", ask("What is the capital of France?"));
console.log("answer:", JSON.parse(await text(answer)).choices[0].message.content);

process.stdout.write("stream: ");
for await (const data of events(await send("POST", "/v1/chat/completions", ask("Count to five.", { stream: true })))) {
    if (data === "[DONE]") break;
    const event = JSON.parse(data);
    // An error after the first event comes as an event, as the status has been sent by then.
    if (event.error) throw new Error(event.error.message);
    process.stdout.write(event.choices[0]?.delta.content ?? "");
}
console.log();

const refusal = await send("POST", "/v1/chat/completions", { ...ask("Hi"), model: "no-such-model" });
console.log("error:", refusal.statusCode, JSON.parse(await text(refusal)).error.code);
