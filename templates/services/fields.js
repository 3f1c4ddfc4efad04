/** Of what happened, the fields that are sent. Throws where one is missing that cannot be done without. */
function chosen(point, fields) {
  const rules = POINTS[point];
  if (rules === undefined) throw new Error(`${SERVICE} is not told of ${point}`);
  const missing = rules.needs.filter((name) => fields[name] === undefined || fields[name] === "");
  if (missing.length > 0) throw new Error(`${point} needs ${missing.join(", ")}`);
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => rules.fields.length === 0 || rules.fields.includes(name)),
  );
}
