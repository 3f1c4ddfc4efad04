// Hotjar: a snippet. Its server interface exports answers and deletes people; it takes no events.
import { PAGE_URL } from "../page.ts";
import type { Provider } from "../provider.ts";

export const provider: Provider = {
  id: "hotjar",
  title: "Hotjar",
  types: ["analytics"],
  about: "Records how visitors use pages, by a snippet in the client's own pages.",
  fields: [
    {
      name: "site_id",
      title: "Site ID",
      secret: false,
      format: { pattern: /^\d{5,10}$/, words: "5 to 10 digits" },
      where: "Hotjar, Sites & Organizations: beside the site's name.",
    },
    {
      name: "client_id",
      title: "Client ID of the API",
      secret: false,
      need: "optional",
      where:
        "Hotjar, Account, API keys, on a Scale plan. With its secret it proves the account; the site ID is proven by nothing.",
    },
    {
      name: "client_secret",
      title: "Client secret of the API",
      secret: true,
      need: "optional",
      where: "Shown once when the API key is made; it ends after a year.",
    },
    PAGE_URL,
  ],
  testing: "A site of its own in Hotjar: there is no test mode.",
  bases: { api: "https://api.hotjar.io" },
  authentication: {
    kind: "client-credentials",
    token: {
      method: "POST",
      path: "/v1/oauth/token",
      body: {
        form: {
          grant_type: "client_credentials",
          client_id: "{client_id}",
          client_secret: "{client_secret}",
        },
      },
      authentication: { kind: "in-request", where: "body" },
    },
  },
  version: { value: "v1" },
  checks: [
    { kind: "token", when: ["client_id", "client_secret"], expected: "200 with an access token" },
    { kind: "none", why: "nothing tells whether a site ID is right but the site's own recordings" },
  ],
  actions: [],
  webhooks: {
    kind: "none",
    why: "Hotjar's webhooks tell of surveys, are made in its own pages, and are not signed.",
  },
  snippet: {
    html: `<script nonce="{nonce}">
  function startHotjar() {
    window.hj = window.hj || function () { (window.hj.q = window.hj.q || []).push(arguments); };
    window._hjSettings = { hjid: {site_id}, hjsv: 6 };
    const loader = document.createElement("script");
    loader.async = true;
    loader.src = "https://static.hotjar.com/c/hotjar-{site_id}.js?sv=6";
    document.head.append(loader);
  }
</script>`,
    csp: "script-src 'nonce-{nonce}' https://*.hotjar.com; connect-src https://*.hotjar.com https://*.hotjar.io wss://*.hotjar.com; img-src https://*.hotjar.com; font-src https://*.hotjar.com; style-src 'unsafe-inline'; frame-src https://*.hotjar.com",
    consent:
      "Call startHotjar() when the visitor has agreed, not before; then hj('event', 'form_submission') where a form was sent.",
    found: (html, { site_id: id = "" }) => new RegExp(`hjid:\\s*${Number(id)}\\b`).test(html),
  },
  errors: { message: ["message", "error_description"], code: ["error"] },
  limits: { perSecond: 5, concurrency: 2, words: "3,000 requests a minute." },
  docs: {
    links: [
      {
        title: "Tracking code",
        url: "https://help.hotjar.com/hc/en-us/articles/36819972345105-How-to-Install-Your-Hotjar-Tracking-Code",
      },
      {
        title: "API reference",
        url: "https://help.hotjar.com/hc/en-us/articles/36820005914001-Hotjar-API-Reference",
      },
    ],
    troubleshooting: [
      {
        sign: "No recordings come.",
        cure: "Look into the browser's console: a content security policy without the line given here blocks the snippet.",
      },
      { sign: "refused by the check", cure: "API keys end after a year, and are there on Scale plans only." },
    ],
  },
};
