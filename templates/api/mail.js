// The mails of this service.
import { createTransport } from "nodemailer";

const PATIENCE_MS = 8000;

/** Sends the mail that asks a subscriber to confirm. */
export function mailSender({ url, from }) {
  const transport = createTransport(url, {
    from,
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return ({ id, payload: { to, confirm, unsubscribe } }) => {
    const mail = {
      // As it is: read as a list it might be several.
      to: { name: "", address: to },
      subject: "Please confirm your subscription",
      text: `Somebody, probably you, asked for our newsletter to be sent to this address.

To confirm, open this link within seven days:
${confirm}

If it was not you, do nothing: you will not hear from us again.
`,
      messageId: `<${id}@${from.replace(/^.*@|>.*$/g, "")}>`,
      headers: {
        "auto-submitted": "auto-generated",
        "list-unsubscribe": `<${unsubscribe}>`,
        "list-unsubscribe-post": "List-Unsubscribe=One-Click",
      },
    };
    return transport.sendMail(mail).catch((error) => {
      throw withoutAddress(error);
    });
  };
}

/** What the server says names the address, and logs are no place for it. `final` where there is no such mailbox. */
function withoutAddress({ code, command, response = "", responseCode }) {
  const final = command === "RCPT TO" && /^5\d\d[ -]5\.1\./.test(response);
  const words = responseCode === undefined ? code : `${responseCode} to ${command}`;
  return Object.assign(new Error(`the mail was not taken: ${words}`), { final });
}
