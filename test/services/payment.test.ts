// Stripe, PayPal, Square, Authorize.Net. The fakes answer as the providers' documents say; none was asked.
import { provider as authorizeNet } from "../../src/services/authorize-net/provider.ts";
import { provider as paypal } from "../../src/services/paypal/provider.ts";
import { provider as square } from "../../src/services/square/provider.ts";
import { provider as stripe } from "../../src/services/stripe/provider.ts";
import { type Exchange, HOOK_URL, ID, providerCases } from "./provider-cases.ts";

const STRIPE = { authorization: "Bearer sk_test_0123456789", "stripe-version": "2026-10-28.endive" };

providerCases({
  provider: stripe,
  values: { api_key: "sk_test_0123456789" },
  check: {
    exchanges: [
      [
        { method: "GET", path: "/api.stripe.com/v1/balance", headers: STRIPE },
        { status: 200, json: { object: "balance", livemode: false } },
      ],
    ],
    mode: "test",
    wrong: {
      status: 401,
      json: { error: { type: "invalid_request_error", message: "Invalid API Key: sk_test_0123456789" } },
    },
  },
  actions: [
    {
      point: "form_submission",
      exchanges: [
        [
          {
            method: "POST",
            path: "/api.stripe.com/v1/customers",
            headers: { ...STRIPE, "idempotency-key": ID },
            form: {
              email: "Ada@Example.com",
              name: "Ada Lovelace",
              phone: "+441234567890",
              "metadata[company]": "Engines Ltd",
              "metadata[source]": "web",
              "metadata[occurrence]": ID,
            },
          },
          { status: 200, json: { id: "cus_1" } },
        ],
      ],
      detail: "cus_1",
    },
    {
      point: "checkout",
      values: { success_url: "https://site.example/thanks" },
      exchanges: [
        [
          {
            method: "POST",
            path: "/api.stripe.com/v1/checkout/sessions",
            headers: { "idempotency-key": ID },
            form: {
              mode: "payment",
              success_url: "https://site.example/thanks",
              client_reference_id: "O-17",
              customer_email: "Ada@Example.com",
              "line_items[0][quantity]": "1",
              "line_items[0][price_data][currency]": "eur",
              "line_items[0][price_data][unit_amount]": "1999",
              "line_items[0][price_data][product_data][name]": "Order O-17",
            },
          },
          { status: 200, json: { id: "cs_1", url: "https://checkout.stripe.com/c/pay/cs_1" } },
        ],
      ],
      detail: "https://checkout.stripe.com/c/pay/cs_1",
    },
  ],
  hooks: {
    exchanges: [
      [
        { method: "GET", path: "/api.stripe.com/v1/webhook_endpoints", query: { limit: "100" } },
        { status: 200, json: { data: [] } },
      ],
      [
        {
          method: "POST",
          path: "/api.stripe.com/v1/webhook_endpoints",
          form: {
            url: HOOK_URL,
            api_version: "2026-10-28.endive",
            "enabled_events[0]": "checkout.session.completed",
            "enabled_events[1]": "payment_intent.succeeded",
            "enabled_events[2]": "payment_intent.payment_failed",
            "enabled_events[3]": "charge.refunded",
            "enabled_events[4]": "customer.created",
          },
        },
        { status: 200, json: { id: "we_1", secret: "whsec_0123456789", url: HOOK_URL } },
      ],
    ],
    id: "we_1",
    gives: { webhook_secret: "whsec_0123456789" },
  },
});

const TOKEN: Exchange = [
  {
    method: "POST",
    path: "/api-m.sandbox.paypal.com/v1/oauth2/token",
    headers: { authorization: `Basic ${btoa("client-id-0123456789:client-secret-0123456789")}` },
    form: { grant_type: "client_credentials" },
  },
  { status: 200, json: { access_token: "token-of-paypal", expires_in: 32_400, app_id: "APP-1", scope: "x" } },
];
const PAYPAL = { authorization: "Bearer token-of-paypal" };

providerCases({
  provider: paypal,
  values: {
    environment: "sandbox",
    client_id: "client-id-0123456789",
    client_secret: "client-secret-0123456789",
  },
  signIn: TOKEN,
  check: {
    exchanges: [TOKEN],
    mode: "test",
    account: "APP-1",
    wrong: {
      status: 401,
      json: { error: "invalid_client", error_description: "Client Authentication failed" },
    },
  },
  actions: [
    {
      point: "checkout",
      exchanges: [
        [
          {
            method: "POST",
            path: "/api-m.sandbox.paypal.com/v2/checkout/orders",
            headers: { ...PAYPAL, "paypal-request-id": ID },
            json: {
              intent: "CAPTURE",
              purchase_units: [
                { reference_id: "O-17", custom_id: ID, amount: { currency_code: "EUR", value: "19.99" } },
              ],
            },
          },
          { status: 201, json: { id: "5O190127TN364715T", status: "CREATED" } },
        ],
      ],
      detail: "5O190127TN364715T",
    },
  ],
  hooks: {
    exchanges: [
      [
        { method: "GET", path: "/api-m.sandbox.paypal.com/v1/notifications/webhooks", headers: PAYPAL },
        { status: 200, json: { webhooks: [{ id: "OTHER", url: "https://hooks.example/other" }] } },
      ],
      [
        {
          method: "POST",
          path: "/api-m.sandbox.paypal.com/v1/notifications/webhooks",
          json: {
            url: HOOK_URL,
            event_types: [
              { name: "CHECKOUT.ORDER.APPROVED" },
              { name: "PAYMENT.CAPTURE.COMPLETED" },
              { name: "PAYMENT.CAPTURE.DENIED" },
              { name: "PAYMENT.CAPTURE.REFUNDED" },
            ],
          },
        },
        { status: 201, json: { id: "9XL90610J3647323C", url: HOOK_URL } },
      ],
    ],
    id: "9XL90610J3647323C",
    gives: { webhook_id: "9XL90610J3647323C" },
  },
});

const SQUARE = { authorization: "Bearer EAAAsquare-token-0123456789", "square-version": "2026-09-16" };

providerCases({
  provider: square,
  values: { environment: "live", access_token: "EAAAsquare-token-0123456789" },
  check: {
    exchanges: [
      [
        { method: "POST", path: "/connect.squareup.com/oauth2/token/status", headers: SQUARE },
        { status: 200, json: { client_id: "sq0idp-1", merchant_id: "MLEFBHHSJGVHD", scopes: [] } },
      ],
    ],
    mode: "live",
    account: "MLEFBHHSJGVHD",
    wrong: {
      status: 401,
      json: { errors: [{ category: "AUTHENTICATION_ERROR", code: "UNAUTHORIZED", detail: "no" }] },
    },
  },
  actions: [
    {
      point: "user_registration",
      exchanges: [
        [
          {
            method: "POST",
            path: "/connect.squareup.com/v2/customers",
            headers: SQUARE,
            json: {
              idempotency_key: ID,
              email_address: "Ada@Example.com",
              given_name: "Ada Lovelace",
              reference_id: ID,
            },
          },
          { status: 200, json: { customer: { id: "C1" } } },
        ],
      ],
      detail: "C1",
    },
    {
      point: "checkout",
      values: { location_id: "L88917AVBK2S5" },
      exchanges: [
        [
          {
            method: "POST",
            path: "/connect.squareup.com/v2/online-checkout/payment-links",
            json: {
              idempotency_key: ID,
              quick_pay: {
                name: "Order O-17",
                price_money: { amount: 1999, currency: "EUR" },
                location_id: "L88917AVBK2S5",
              },
            },
          },
          { status: 200, json: { payment_link: { id: "PL1", url: "https://square.link/u/PL1" } } },
        ],
      ],
      detail: "https://square.link/u/PL1",
    },
  ],
  hooks: {
    exchanges: [
      [
        { method: "GET", path: "/connect.squareup.com/v2/webhooks/subscriptions", query: { limit: "100" } },
        { status: 200, json: {} },
      ],
      [
        {
          method: "POST",
          path: "/connect.squareup.com/v2/webhooks/subscriptions",
          json: {
            subscription: {
              name: "ainstein-cms",
              event_types: ["payment.created", "payment.updated", "refund.updated", "customer.created"],
              notification_url: HOOK_URL,
              api_version: "2026-09-16",
            },
          },
        },
        { status: 200, json: { subscription: { id: "wbhk_1", signature_key: "sq_sig_key_test" } } },
      ],
    ],
    id: "wbhk_1",
    gives: { webhook_signature_key: "sq_sig_key_test" },
  },
});

const MERCHANT = { name: "login123", transactionKey: "0123456789abcdef" };
const OK = { resultCode: "Ok", message: [{ code: "I00001", text: "Successful." }] };
const marked = (json: unknown) => ({ status: 200, text: `\ufeff${JSON.stringify(json)}` });

providerCases({
  provider: authorizeNet,
  values: { environment: "sandbox", login_id: "login123", transaction_key: "0123456789abcdef" },
  check: {
    exchanges: [
      [
        {
          method: "POST",
          path: "/apitest.authorize.net/xml/v1/request.api",
          json: { authenticateTestRequest: { merchantAuthentication: MERCHANT } },
        },
        marked({ messages: OK }),
      ],
    ],
    mode: "test",
    wrong: marked({
      messages: { resultCode: "Error", message: [{ code: "E00007", text: "User authentication failed." }] },
    }),
  },
  actions: [
    {
      point: "form_submission",
      exchanges: [
        [
          {
            method: "POST",
            path: "/apitest.authorize.net/xml/v1/request.api",
            json: {
              createCustomerProfileRequest: {
                merchantAuthentication: MERCHANT,
                profile: { merchantCustomerId: "b5fc85e55755f9e0d030", email: "Ada@Example.com" },
              },
            },
          },
          marked({ customerProfileId: "10000", messages: OK }),
        ],
      ],
      detail: "10000",
    },
  ],
  hooks: {
    exchanges: [
      [
        {
          method: "GET",
          path: "/apitest.authorize.net/rest/v1/webhooks",
          headers: { authorization: `Basic ${btoa("login123:0123456789abcdef")}` },
        },
        { status: 200, json: [] },
      ],
      [
        {
          method: "POST",
          path: "/apitest.authorize.net/rest/v1/webhooks",
          json: {
            name: "ainstein-cms",
            url: HOOK_URL,
            eventTypes: [
              "net.authorize.payment.authcapture.created",
              "net.authorize.payment.capture.created",
              "net.authorize.payment.refund.created",
              "net.authorize.payment.void.created",
            ],
            status: "active",
          },
        },
        { status: 200, json: { webhookId: "849eb87e", url: HOOK_URL } },
      ],
    ],
    id: "849eb87e",
    gives: {},
  },
});
