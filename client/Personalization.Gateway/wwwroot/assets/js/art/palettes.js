// Colours of the drawings: paper (background), main, deep (shade and outline), accent, light.
const PALETTES = [
  ["#f6e3d7", "#d9826b", "#7c3f33", "#f2c14e", "#fff8f0"],
  ["#e4ebdd", "#7d9b76", "#38503a", "#e9a178", "#fbfcf5"],
  ["#e0e8ef", "#6f93b3", "#2d4a66", "#f0b67f", "#f8fbfd"],
  ["#f5dfe3", "#cf7f93", "#6e3247", "#8fae8b", "#fff7f8"],
  ["#f7ecd0", "#dba94a", "#75521a", "#b5533c", "#fffaee"],
  ["#e6e0ee", "#9581b5", "#443560", "#eec170", "#fbf8ff"],
  ["#dcece9", "#5fa097", "#205049", "#ef8f76", "#f5fcfa"],
  ["#f3e6dc", "#b5886a", "#5a3b27", "#7fa6a0", "#fffaf5"],
  ["#f8ded2", "#c85f4b", "#662518", "#6f9bb0", "#fff6f1"],
  ["#ebe9dc", "#a09b6c", "#4a4728", "#cf7f93", "#fdfcf4"],
];

const BY_WORD = {
  red: 8, retrospot: 8, strawberry: 8, christmas: 8, cherry: 8, pink: 3, rose: 3, sweetheart: 3, blossom: 3, blue: 2, spaceboy: 2,
  sky: 2, london: 2, green: 1, garden: 1, woodland: 1, leaf: 1, botanical: 1, yellow: 4, gold: 4, daisy: 4, purple: 5, lavender: 5,
  amethyst: 5, turquoise: 6, mint: 6, ivory: 7, cream: 7, wooden: 7, wicker: 7, chocolate: 7, silver: 2, zinc: 9, vintage: 9, orange: 0,
};

/** A palette that follows the colour words of a title, else the item's own number. */
export function paletteFor(words, hash) {
  const named = words.map(word => BY_WORD[word]).find(index => index !== undefined);
  const [paper, main, deep, accent, light] = PALETTES[named ?? hash % PALETTES.length];
  return { paper, main, deep, accent, light };
}
