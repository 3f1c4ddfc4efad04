import { describe, expect, it } from "vitest";
import { wordpressFault } from "../../../src/connectors/wordpress/faults.ts";

/** WordPress's answer to a listing of drafts that nobody may see. */
const refused = (status: number) => ({
  status: 400,
  payload: {
    code: "rest_invalid_param",
    message: "Invalid parameter(s): status",
    data: {
      status: 400,
      params: { status: "Status is forbidden." },
      details: {
        status: { code: "rest_forbidden_status", message: "Status is forbidden.", data: { status } },
      },
    },
  },
});
const fault = (status: number) => wordpressFault(refused(status) as Parameters<typeof wordpressFault>[0]);

describe("a listing that is refused for the states it asks for", () => {
  it("says that the password went missing, not that a field is wrong, where nobody is signed in", () => {
    expect(fault(401)).toMatchObject({ kind: "auth", code: "wordpress.anonymous" });
    expect(fault(401)?.hint).toContain("connections test");
  });

  it("is a refused value for somebody who is signed in", () => {
    expect(fault(403)).toMatchObject({ kind: "invalid", code: "wordpress.invalid-value" });
  });
});
