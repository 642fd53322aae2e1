"""Categories from title words: the first rule that matches is the primary category, the next one the second."""

from __future__ import annotations

import re

OTHER = "Other"
MAX_CATEGORIES = 2

# Order matters: phrases that would mislead a broader rule come first ("hot water bottle" is no kitchen ware).
_WORDS: list[tuple[str, str]] = [
    ("Stationery & Gift Wrap", r"^wrap|gift ?wrap|wrapping|(gift|christmas) tags?|stationery set|tissue ream"),
    ("Bath & Beauty", r"hot water bottles?|hand warmer|soaps?|bath(room)?|flannels?|wash ?cloth|pocket ?tissues|tissues|sponge|"
                      r"tooth ?brush|plasters?|balm|nail|cosmetic|manicure|lip ?gloss|fragrance|perfume|bubble bath|talc|shower|"
                      r"toilet|sleep(ing)? mask|eye ?mask|hair ?brush|first aid|towels?(?<!tea towel)(?<!tea towels)|massager?|glow"),
    ("Jewellery", r"neckl\w*|bracelets?|earrings?|(?<!napkin )(?<!key )(?<!cookie )rings?|brooch\w*|pendants?|bangles?|(?<!napkin )charms?|"
                  r"hair\w*|tiaras?|chokers?|jewel(?!le)\w*|phone charm|bead(s|ed)? (chain|charm)|diamante|key ?rings?|"
                  r"key ?chains?|lariat|braclets?|anklets?|cufflinks|bling|crystal (?=key|bag|stud|ear)|drop ear\w*"),
    ("Christmas", r"christmas|xmas|advent|santas?|reindeers?|rudolph|snow\w*|nativity|baubles?|stocking|noel|elf|mistletoe|"
                  r"winter|sleigh|cracker|scandinavian|angel|holly"),
    ("Lights & Candles", r"candle\w*|t-?lights?|tea-?lights?|lights?|lamps?|lampshades?|lanterns?|incense|votives?|"
                         r"candelabra|chandeliers?|nightlight|torch|joss|scented|oil burner|taper|candlepot|chocolatecandle|matches"),
    ("Toys & Children", r"toys?|child\w*|kids?|baby|dolls?|jigsaws?|games?|playing cards|puzzles?|teddy|skittles|dominoes|"
                        r"spinning|skipping|puppet|dinosaurs?|snap cards|quoits|soldiers?|cowboys?|pirate|princess|marbles|"
                        r"ludo|chess|crayons?|colouring|chalks?|yo-?yo|balls?|rocking|kite|magic drawing|balloons? (dog|animal)|"
                        r"ninja|rabbits?|soft toy|blocks?|circus|mobile|tattoos?|robots?|cube|drawing|piggy|money ?b(ank|ox)|"
                        r"hopscotch|building|boys?|girls?|space ?boy|traffic|harmonica|flying|bouncy|squeezer? ball|trumpet|"
                        r"rattles?|monsters?|noughts|crosses|guitar|piano|croquet|tennis|bat|helicopters?|gliders?|inflatable|"
                        r"creepy crawl\w*|sandcastle|bingo|modelling clay|"
                        r"play ?house|paint set|space (cadet|frog)"),
    ("Party & Celebrations", r"part(y|ies)|birthdays?|bunting|balloons?|garlands?|wedding|confetti|streamers?|pi[nñ]ata|doil(y|ies)|"
                             r"paper (plates?|cups?|chains?|bunting|napkins?|lanterns?)|cake cases?|swizzle|invites|"
                             r"cocktail|celebration|engagement|fancy dress|masks?|pop ?art|banner|pom ?poms?"),
    ("Bags & Purses", r"bags?|handbags?|purses?|shoppers?|wallets?|totes?|back ?packs?|rucksacks?|wash ?bags?|luggage|satchel|"
                      r"suitcases?|carrier|card ?holder|travel card"),
    ("Stationery & Gift Wrap", r"cards?|paper|note ?books?|pens?|pencils?|stickers?|wrap(ping)?|ribbons?|tape|journals?|sketch\w*|"
                               r"stamps?|calendars?|tags?|envelopes?|books?|eras[eo]rs?|rulers?|sharpener|passport|memo|post ?cards?|"
                               r"rubbers?|note ?pads?|writing|clipboard|origami|diary|planner|album|blotter|office|bookmarks?|"
                               r"paper ?weight|letter (holder|rack|opener)|address|chalk ?boards?|blackboard|message|glue|"
                               r"black board|notes?|hole punch|badges?|p'weight|tapes|paperclips?|labels?|scissors?|school"),
    ("Kitchen & Dining", r"cakes?|tea|tea ?pots?|tea ?cups?|teatime|coffee|mugs?|cups?|bowls?|plates?|dish\w*|cutlery|jars?|jugs?|trays?|"
                         r"aprons?|oven|baking|kitchen|lunch|bottles?|spoons?|knife|knives|forks?|dinner|napkins?|coasters?|place ?mats?|"
                         r"egg ?(cups?|holder|whisk|timer|poacher|frying)|mould|moulds?|pantry|biscuits?|cookies?|jelly|jam\w*|tumblers?|"
                         r"sugar|milk|butter|salt|pepper|pans?|recipes?|bread|cruet|snacks?|food|measuring|scales?|chocolates?|"
                         r"sweets?|ice ?creams?|popcorn|decanter|wine|goblet|beakers?|saucers?|colander|grater|whisk|ramekins?|"
                         r"flasks?|fruit|cutters?|tea ?towels?|cosy|cos(y|ies)|straws?|drinking|glasses|caf[eé]|pudding|cereal|toast|"
                         r"fridge|table ?(cloth|mat|runner)s?|ladle|strainer|utensils?|doilies|pitcher|platter|cooks?|chopping|cheese|"
                         r"barbecue|bbq|corkscrew|opener|kettle|dessert|server|candy|lolly|sieve|breakfast|condiment|trivet|ice|"
                         r"peelers?|funnel|rolling pin|peg|pot ?holders?|gloves?|freezer|icing|sandwich|tongs|cream(er)? jug|cocoa|"
                         r"lemon|tart|pie|spice|water|cooking|wash(ing)? up|dusters?|servers?|"
                         r"cake ?stands?|toast ?rack|fruit ?bowl|chopsticks|squeezer"),
    ("Garden & Outdoors", r"garden\w*|plants?|watering|bird ?(house|table|feeder|bath|cage)s?|parasols?|picnic|umbrellas?|flower ?pots?|herbs?|"
                          r"seeds?|wheelbarrow|deck ?chair|hammock|windmills?|wind ?chimes?|dovecot\w*|planters?|grow|shed|trellis|"
                          r"insect|beach|camping|cool ?box|bicycle|ponchos?|rain ?\w*|weather|thermometers?|trough|trowel|secateurs|"
                          r"greenhouse|fork|nesting|bird feeder|gnomes?|ladders?|chimes?|feeders?|bird ?box|pet|cat bowl|dog"),
    ("Craft & Sewing", r"sewing|felt\w*|crafts?|knitting|kits?|buttons?|crochet|embroidery|fabric|wool|thread|needles?|patchwork|beads?|"
                       r"stencils?|patches|pin ?cushion|reels?|twine|string|ribbon reels?|tape measure|filler|glitter|feathers?"),
    ("Storage & Organisation", r"box(es)?|tins?|baskets?|storage|drawers?|cabinets?|hooks?|hangers?|racks?|shel(f|ves)|organi[sz]ers?|"
                               r"containers?|tid(y|ies)|trinket|bins?|crates?|caddy|chests?|cases?|trunk|holdall|coat|key (cabinet|rack)|"
                               r"bucket|wastepaper|hatbox|stands?|holders?|pots?|cupboard|bookends?|treasure"),
    ("Home Decor", r"cushions?|quilts?|throws?|curtains?|frames?|clocks?|mirror\w*|signs?|wall|decorations?|decorative|hearts?|hanging|"
                   r"door\w*|art|pictures?|vases?|wreaths?|ornaments?|knobs?|tiles?|letters?|flowers?|roses?|blossom|rugs?|table|chairs?|"
                   r"stools?|bunnies|bells?|cage|birds?|butterfl(y|ies)|metal|photo|plaques?|prints?|magnets?|canvas|screen|blankets?|"
                   r"bird ?cages?|figur\w*|statue|sculpture|globe|alarm|finial|artificial|drawer|hens?|chick(s|en)?|eggs?|easter|"
                   r"pillow|mats?|covers?|ashtray|stars?|trees?|garland|cherub|potpourri|pebbles?|fan|numbers?|feng shui|mosaic|"
                   r"tassel|branch|leaf|heart|posy|bouquet|swan|duck|owl|cat|horse|elephant|cow|fish|flag|radio|telephone|home|sofa|"
                   r"bench|settle|washstand|wardrobe|ottoman|bed|fire|bust|orb|union jack|nouveau|baroque|porcelain|glass|wooden|enamel|"
                   r"photo ?frames?|drawer ?knob|mushrooms?|toadstools?|shell|buddha|pouffe|rosette"),
    ("Fashion Accessories", r"scar(f|ves)|shawls?|slippers?|sandals?|socks?|gloves?|hats?|caps?|belts?|ties?|shirts?|t-shirts?|watch|"
                            r"sun ?glasses|pashmina|flip ?flops?|shoes?|boots?|wellies|poncho|mittens?|leg ?warmers|warmers?|glasses|"
                            r"sombrero|feather boa|kimono|sarong|dress"),
]
_RULES = [(name, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE)) for name, words in _WORDS]


def categories_of(title: str) -> list[str]:
    """One or two categories, the primary one first; ``["Other"]`` when no rule matches."""
    found = list(dict.fromkeys(name for name, rule in _RULES if rule.search(title)))
    return found[:MAX_CATEGORIES] or [OTHER]
