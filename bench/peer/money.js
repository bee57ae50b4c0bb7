const formats = new Map();

// An amount in minor units, as people write it. A format takes long to make and is kept for each currency.
export function money(minorUnits, currency) {
  let format = formats.get(currency);
  if (!format) formats.set(currency, (format = new Intl.NumberFormat(undefined, { style: 'currency', currency })));
  return format.format(minorUnits / 100);
}
