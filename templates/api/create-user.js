// Makes an account: `node create-user.js` asks, or reads the e-mail address and the password from two lines of stdin.
// Needs DATABASE_URL.
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { endpoints } from "./endpoints.js";
import { hashPassword } from "./passwords.js";
import { openStore } from "./store.js";

const PASSWORD = { least: 12, most: 128 };

/** What is typed as a password is not shown. */
function screen() {
  let silent = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!silent) process.stdout.write(chunk);
      done();
    },
  });
  return { output, hide: (hidden) => (silent = hidden) };
}

async function ask() {
  const { output, hide } = screen();
  const terminal = process.stdin.isTTY === true;
  const lines = createInterface({ input: process.stdin, output, terminal });
  if (!terminal) {
    const given = [];
    for await (const line of lines) given.push(line);
    const [email = "", password = ""] = given;
    return { email: email.trim(), password };
  }
  const email = (await lines.question("E-mail address: ")).trim();
  process.stdout.write("Password: ");
  hide(true);
  const password = await lines.question("");
  lines.close();
  process.stdout.write("\n");
  return { email, password };
}

function refused({ email, password }) {
  const { maxLength } = endpoints.find(({ handler }) => handler === "login").body.properties.email;
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) || email.length > maxLength)
    return "That is no e-mail address.";
  const { length } = [...password];
  if (length < PASSWORD.least || length > PASSWORD.most)
    return `The password must have ${PASSWORD.least} to ${PASSWORD.most} characters.`;
  return undefined;
}

async function main() {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error("DATABASE_URL is not set");
  const given = await ask();
  const why = refused(given);
  if (why !== undefined) throw new Error(why);
  const store = openStore({ url, onError: () => {} });
  try {
    const user = await store.insert("users", {
      email: given.email,
      password_hash: await hashPassword(given.password),
    });
    process.stdout.write(`${user.email} has the id ${user.id}\n`);
  } finally {
    await store.close();
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
