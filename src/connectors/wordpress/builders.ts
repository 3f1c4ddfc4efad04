// Whose body is it? Page builders keep the page in their own data and write `content` themselves. Pure.

export interface BodySigns {
  readonly id: number;
  readonly template: string | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly content: string | undefined;
  /** The page as visitors get it, where it was asked for. */
  readonly rendered: string | undefined;
}

/** The page builder that owns the body; undefined when the body is the editor's. */
export function bodyOwner(signs: BodySigns): string | undefined {
  const { id, template, meta, content = "", rendered = "" } = signs;
  if (
    meta._elementor_edit_mode === "builder" ||
    isFilled(meta._elementor_data) ||
    template?.startsWith("elementor_") === true ||
    rendered.includes(`data-elementor-id="${id}"`) ||
    content.includes("data-elementor-type=")
  ) {
    return "Elementor";
  }
  if (
    meta._et_pb_use_builder === "on" ||
    /\[et_pb_section[\s\]]/.test(content) ||
    content.includes("<!-- wp:divi/")
  ) {
    return "Divi";
  }
  if (/\[vc_row[\s\]]/.test(content)) return "WPBakery";
  return undefined;
}

function isFilled(value: unknown): boolean {
  return (
    (typeof value === "string" && value !== "" && value !== "[]") ||
    (Array.isArray(value) && value.length > 0)
  );
}
