// What `equal.jsx` and `solid-equal.jsx` share: the numbers and texts of the app that are not markup.

// The product list says how many are left, up to this number.
export const FEW = 5;

// The headings of the account, by the ids of their sections.
export const GROUPS = { orders: 'Your orders', profile: 'Profile', security: 'Security', sessions: 'Where you are signed in', data: 'Your data' };

// The classes of a product's picture, as `tile` in src/ui/components.rs computes them.
export function pictureClass(product) {
  const hash = [...product].reduce((hash, it) => (Math.imul(hash, 33) + it.charCodeAt()) >>> 0, 39);
  return `picture tile-${(hash >>> 4) % 6}`;
}

// The URL of a product's drawing, which is in the page.
export const drawing = product => `#${product.replace(/[^a-z]+$/, '')}`;

// The footer's links in the three languages that the app's page has; the style sheet shows one of them.
export const FOOTER = [
  ['/', 'Products', 'Produkte', 'Produits'],
  ['/delivery', 'Delivery', 'Lieferung', 'Livraison'],
  ['/returns', 'Returns', 'Rückgabe', 'Retours'],
  ['/privacy', 'Privacy', 'Datenschutz', 'Confidentialité'],
  ['/contact', 'Contact', 'Kontakt', 'Contact'],
];
export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français' };
