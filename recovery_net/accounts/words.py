"""Calm words for suggested pseudonyms and made-up passphrases: plain, and far from anybody's story."""

FIRST = tuple(
    """
    able agile airy alpine ample autumn azure balmy blooming bold braided brave breezy bright broad bronze
    budding calm candid careful carved cheerful clear coastal cobalt cool copper coral cosy cotton cream
    crimson crisp curious deep dewy downy dreaming drifting early earnest eastern easy evening fair
    faithful ferny floating folded fresh friendly gentle glad gleaming gliding glinting glowing golden
    graceful grateful growing hidden honest hopeful humble humming indigo inland ivory kind kindled
    knitted late leafy lemon level light lilac linen listening little lively lowland loyal mellow mended
    merry midday mild mindful mint misty modest moonlit morning mossy murmuring neighbourly nimble noble
    northern novel ochre open painted patched patient peaceful pearl pebbly placid plain polished quick
    quiet rested restful resting returning ripening rising roaming rolling roomy rooted rosy rounded
    russet sable saffron sandy scarlet serene sheltered shimmering shining silken silver simple sincere
    singing slow small smooth snug soft southern starry steady still strolling summer sunny swift tall
    teal tender thoughtful tiny tranquil true twilight twinkling unhurried upland velvet violet waking
    walking wandering warm weathered western whispering whistling wide windswept winter wise woolly woven
    """.split()
)
SECOND = tuple(
    """
    acorn alder anchor apple apricot aspen aster atlas aurora badger basket bay beach beaver beech bell
    bench birch bison blanket bluebell boat breeze bridge brook bumblebee button cabin candle canoe canyon
    cedar cello cherry chestnut chime cliff cloud clover comet compass cottage cove crane creek cricket
    curlew cushion cypress dale dawn deer dolphin doorway dragonfly driftwood dune dusk egret elk elm
    falcon feather fern ferry fiddle field fig finch firefly flute ford forest fox garden glade glen goose
    grove hammock harbor hare harp hawk heath hedge hedgehog heron hill horizon inlet island kayak kestrel
    kettle kingfisher ladder lagoon lake lane lantern larch lark lavender lighthouse linden loon lupine
    mallard map maple marigold marsh meadow melody mesa moon moor moose moss moth mountain mug nest
    nightingale oak orbit orchard otter owl path peach pear pebble pelican piano pillow pine planet
    plateau plover plum pond pony porch prairie puffin quilt quince rabbit raft rain rainbow ridge river
    road rowan sail salmon sandpiper seal seashell shore sky sparrow spruce star starling stream summit
    sunrise sunset swallow swan sycamore teapot thicket thimble thistle thrush thyme tide tortoise trail
    trout tulip turtle valley violin walnut warbler waterfall watermill wave whale wind windmill window
    woods wren
    """.split()
)
BOTH = frozenset(FIRST + SECOND)
