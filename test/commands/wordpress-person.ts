/** Does in WordPress's own pages what a person does in a browser to approve a program. Returns where it ends. */
export async function approve(
  page: string,
  login: string,
  answer: "approve" | "reject" = "approve",
): Promise<Response> {
  const { origin } = new URL(page);
  const cookies = await signIn(origin, login);
  const html = await (await fetch(page, { headers: { cookie: cookies } })).text();
  const fields = new URLSearchParams();
  for (const [tag] of html.matchAll(/<input[^>]+>/g)) {
    const name = attribute(tag, "name");
    if (name !== undefined && attribute(tag, "type") !== "submit")
      fields.set(name, attribute(tag, "value") ?? "");
  }
  if (fields.get("action") !== "authorize_application_password")
    throw new Error(`no form on ${page}: ${html.slice(0, 2000)}`);
  fields.set(answer, "1");
  const target = new URL("/wp-admin/authorize-application.php", origin);
  const done = await fetch(target, {
    method: "POST",
    body: fields,
    headers: { cookie: cookies },
    redirect: "manual",
  });
  const back = done.headers.get("location");
  return back === null ? done : fetch(back);
}

async function signIn(origin: string, login: string): Promise<string> {
  const body = new URLSearchParams({ log: login, pwd: `${login}-pass`, testcookie: "1" });
  const headers = { cookie: "wordpress_test_cookie=WP%20Cookie%20check" };
  const answer = await fetch(`${origin}/wp-login.php`, { method: "POST", body, headers, redirect: "manual" });
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
  if (!cookies.some((cookie) => cookie.includes("logged_in"))) throw new Error(`${login} could not sign in`);
  return cookies.join("; ");
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return (value?.[1] ?? value?.[2])?.replaceAll("&#038;", "&").replaceAll("&amp;", "&");
}
