// The shop's data has no photographs: every product is drawn from its title and number, always the same way.
import { paletteFor } from "./palettes.js";
import { home } from "./motifs-home.js";
import { table } from "./motifs-table.js";
import { gift } from "./motifs-gift.js";

const MOTIFS = { ...home, ...table, ...gift };

// Tried in order: what a thing is comes before what is on it.
const RULES = [
  [/hot water bottle|\bbottle|flask/, "bottle"], [/lunch ?box|snack box|bread bin/, "lunchbox"], [/cake ?stand/, "cakestand"],
  [/cake case|cupcake|baking|muffin|\bcakes?\b/, "bakecases"], [/t-?light|tea light|votive/, "tlight"], [/lantern/, "lantern"],
  [/candle|incense|scented/, "candle"], [/fairy light|\blights?\b|lamp|chandelier/, "lights"], [/clock|watch/, "clock"],
  [/bunting|garland|pennant/, "bunting"], [/umbrella|parasol/, "umbrella"], [/purse|wallet/, "purse"], [/\bbags?\b|shopper|tote/, "bag"],
  [/\btins?\b|caddy/, "tin"], [/\bjars?\b|\bjam\b|pickle|storage pot/, "jar"], [/tea ?pot/, "teapot"], [/tea ?cup|saucer|\bcups?\b/, "teacup"], [/\bmugs?\b|coffee|beaker/, "mug"], [/plate|dish|tray|platter|coaster|placemat/, "plate"],
  [/bowl|colander|trinket/, "bowl"], [/cutlery|spoon|fork|knife|whisk|utensil/, "cutlery"], [/glass(es)? tumbler|goblet|wine|tumbler|glass/, "glass"],
  [/drawer|cabinet|\bchest\b/, "drawers"],
  [/door ?mat|\bmat\b|\brug\b/, "doormat"], [/hooks?\b|hanger|\bkeys?\b|key ring|keyring/, "hook"], [/knob|handle/, "knob"], [/frame|photo|picture/, "frame"],
  [/mirror/, "mirror"], [/sign\b|plaque|blackboard|chalk|letter|number|tile/, "sign"], [/cushion|pillow|throw|blanket/, "cushion"],
  [/basket|crate|hamper|trug/, "basket"], [/towel|napkin|doily|tablecloth|tea towel|runner/, "towel"], [/apron|oven glove|cosy/, "apron"],
  [/watering|spray/, "wateringcan"], [/plant|pot\b|planter|herb|seed|trellis|cactus/, "plantpot"], [/necklace|pendant|locket|choker/, "necklace"],
  [/earring/, "earrings"], [/bracelet|bangle|anklet|\bbeads?\b/, "bracelet"], [/\brings?\b|brooch|diamante|crystal|hair/, "ring"],
  [/pencil|crayon|\bpens?\b|paint set|\bpaints?\b/, "pencils"], [/notebook|\bbook|diary|journal|calendar|address/, "notebook"], [/magnet|sticker|badge/, "magnet"],
  [/\btape\b|reel/, "tape"], [/ribbon|\bbow\b/, "ribbon"], [/\bwrap|wrapping|tissue|paper chain/, "wrap"], [/\bcards?\b|envelope|invite|postcard/, "card"],
  [/sewing|knit|thread|craft|\bfelt\b|\bkit\b|yarn|button/, "thread"], [/doll|babushka|spaceboy|circus|soldier|puppet|girl|boy|toy|jigsaw|game/, "doll"],
  [/rabbit|bunny|easter|chick/, "rabbit"], [/\bdogs?\b|\bcats?\b|puppy|bear|owl/, "dog"], [/skull/, "skull"], [/butterfl/, "butterfly"],
  [/bird|robin|dove|parrot|\bhen\b/, "bird"], [/wreath/, "wreath"], [/christmas tree|\btree/, "tree"], [/bauble|christmas|santa|snow/, "bauble"],
  [/balloon|party|birthday/, "balloon"], [/soap|\bbath|sponge|\blip\b|hand cream|warmer/, "soap"], [/\bstars?\b/, "star"], [/hearts?\b|\blove\b/, "heart"],
  [/flower|rose|daisy|blossom|lavender|garden/, "flower"], [/box|storage/, "box"],
];

const BY_CATEGORY = {
  "Kitchen & Dining": ["teacup", "plate", "bowl", "mug"], "Stationery & Gift Wrap": ["card", "notebook", "wrap", "pencils"],
  "Storage & Organisation": ["box", "drawers", "basket"], "Lights & Candles": ["candle", "lantern", "lights"], "Jewellery": ["ring", "necklace", "earrings"],
  "Toys & Children": ["doll", "rabbit", "dog"], "Garden & Outdoors": ["plantpot", "flower", "bird"], "Bags & Purses": ["bag", "purse"],
  "Craft & Sewing": ["thread", "ribbon"], "Party & Celebrations": ["balloon", "bunting", "present"], "Christmas": ["bauble", "tree", "wreath"],
  "Bath & Beauty": ["soap", "mirror"], "Home Decor": ["frame", "heart", "sign", "star"],
};

const PATTERNS = {
  dots: p => [16, `<circle cx="4" cy="4" r="2.6" fill="${p.main}"/><circle cx="12" cy="12" r="2.6" fill="${p.main}"/>`],
  stripes: p => [12, `<path d="M3 0v12" stroke="${p.main}" stroke-width="5"/>`],
  check: p => [16, `<path d="M0 4h16M4 0v16" stroke="${p.main}" stroke-width="7" opacity=".55"/>`],
  sprigs: p => [22, `<circle cx="6" cy="6" r="3.4" fill="${p.main}"/><circle cx="6" cy="6" r="1.3" fill="${p.accent}"/><circle cx="17" cy="17" r="2.2" fill="${p.accent}"/>`],
  chevron: p => [16, `<path d="M0 12l8-8 8 8" fill="none" stroke="${p.main}" stroke-width="4"/>`],
  plain: p => [8, `<rect width="8" height="8" fill="${p.main}"/>`],
};

const SURFACE = [[/polka ?dot|retrospot|spot/, "dots"], [/stripe/, "stripes"], [/gingham|check|tartan/, "check"], [/flower|floral|rose|daisy|paisley|botanical/, "sprigs"], [/zig|chevron|jack/, "chevron"]];

let instances = 0;

/** FNV-1a: the same item is drawn the same way on every machine. */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 15)) >>> 0;
}

function backdrop(p, hash) {
  const x = 60 + hash % 80;
  const kinds = [
    `<circle cx="100" cy="104" r="84" fill="${p.light}" opacity=".7"/>`,
    `<path d="M26 200V100a74 74 0 0 1 148 0v100z" fill="${p.light}" opacity=".65"/>`,
    `<path d="M0 150Q60 126 110 148t90-8v60H0z" fill="${p.main}" opacity=".22"/><circle cx="${x}" cy="70" r="54" fill="${p.light}" opacity=".65"/>`,
    `<path d="M40 46Q106-6 164 52t4 108-116 10-12-124z" fill="${p.light}" opacity=".7"/>`,
  ];
  return kinds[hash % kinds.length];
}

/** Draws an item as an SVG element. Decorative: the title stands beside it. */
export function drawItem(itemId, item) {
  const title = (item?.title ?? "").toLowerCase();
  const hash = hashOf(itemId);
  const p = paletteFor(title.split(/[^a-z]+/), hash);
  const motif = motifFor(title, item?.categories ?? [], hash);
  const surface = SURFACE.find(([word]) => word.test(title))?.[1] ?? Object.keys(PATTERNS)[(hash >>> 5) % 6];
  const [size, tile] = PATTERNS[surface](p);
  const id = `surface-${++instances}`;
  const turn = hash % 4 === 0 ? 45 : 0;
  const host = document.createElement("template");
  host.innerHTML = `<svg class="art" viewBox="0 0 200 200" aria-hidden="true" focusable="false"><defs><pattern id="${id}" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(${turn})"><rect width="${size}" height="${size}" fill="${p.light}"/>${tile}</pattern></defs><rect width="200" height="200" fill="${p.paper}"/>${backdrop(p, hash >>> 3)}<ellipse cx="100" cy="172" rx="58" ry="6" fill="${p.deep}" opacity=".14"/><g class="art-thing">${MOTIFS[motif](p, `url(#${id})`)}</g></svg>`;
  return host.content.firstElementChild;
}

/** Which drawing suits a title; falls back on the categories, then on a wrapped present. */
export function motifFor(title, categories, hash) {
  const rule = RULES.find(([word]) => word.test(title));
  if (rule) return rule[1];
  const choices = categories.map(category => BY_CATEGORY[category]).find(Boolean) ?? ["present", "heart", "star"];
  return choices[hash % choices.length];
}
