const formats = new Map();

// Formats an amount in minor units. Keeps one format for each currency, because a format is slow to create.
export function money(minorUnits, currency) {
  let format = formats.get(currency);
  if (!format) formats.set(currency, (format = new Intl.NumberFormat(undefined, { style: 'currency', currency })));
  return format.format(minorUnits / 100);
}
