// Tasks that ask for all there is, for the prober to be tried on.

export const EVERYTHING = {
  api_requirements: {
    type: "rest",
    name: "everything",
    endpoints: [
      { path: "/api/contact", authentication: "api_key" },
      {
        path: "/api/enquiry",
        handler: "contact",
        fields: [
          "email",
          { name: "topic", type: "enum", values: ["sales", "help"] },
          { name: "people", type: "integer", min: 1, max: 50 },
          { name: "day", type: "date", required: false },
          { name: "site", type: "url", required: false },
          { name: "agreed", type: "boolean" },
        ],
      },
      { path: "/api/newsletter" },
      { path: "/api/auth/register" },
      { path: "/api/auth/login", validation: ["email", "password"] },
      { path: "/api/users/profile", method: "GET", authentication: "jwt_token" },
      { path: "/api/orders", method: "GET", authentication: "jwt_token" },
      { path: "/api/orders/{id}", method: "GET", authentication: "api_key" },
      { path: "/api/orders", method: "POST", authentication: "api_key" },
      { path: "/api/products", method: "POST", authentication: "jwt_token" },
      { path: "/api/users", method: "GET", authentication: "api_key" },
      { path: "/hooks/shop", handler: "webhook" },
    ],
    rate_limiting: "60_requests_per_minute",
    cors_origins: ["https://www.client.example"],
  },
  security_features: ["rate_limiting", "input_validation", "cors"],
  database_config: {
    type: "postgresql",
    schema_requirements: {
      tables: ["users", "orders", "products"],
      relationships: ["users_to_orders", "orders_to_products"],
    },
  },
} as const;

export const GRAPHQL = {
  api_requirements: { type: "graphql", name: "shop", rate_limiting: "60_requests_per_minute" },
  database_config: {
    type: "mysql",
    schema_requirements: {
      tables: ["users", "orders", "products"],
      relationships: ["users_to_orders", "orders_to_products"],
    },
  },
} as const;

const rate_limiting = "20_requests_per_minute";
const cors = { cors_origins: ["https://www.client.example"] };

/** Small ones, each with what one kind of probe is about: quick to be put on trial many times over. */
export const SMALL = {
  contact: {
    api_requirements: {
      name: "small",
      endpoints: [{ path: "/contact", authentication: "api_key" }],
      rate_limiting,
      ...cors,
    },
  },
  hooks: {
    api_requirements: {
      name: "small",
      type: "webhook",
      endpoints: [{ path: "/hooks" }],
      rate_limiting,
      ...cors,
    },
  },
  newsletter: { api_requirements: { name: "small", endpoints: [{ path: "/newsletter" }], rate_limiting } },
  registration: {
    api_requirements: { name: "small", endpoints: [{ path: "/register" }], rate_limiting },
  },
  profile: {
    api_requirements: {
      name: "small",
      endpoints: [{ path: "/me", method: "GET", authentication: "jwt_token" }],
      rate_limiting,
    },
  },
  /** Nobody registers: accounts are made on the command line. */
  people: {
    api_requirements: {
      name: "small",
      endpoints: [{ path: "/login" }, { path: "/me", method: "GET", authentication: "jwt_token" }],
      rate_limiting,
    },
  },
} as const;
export type Small = keyof typeof SMALL;
