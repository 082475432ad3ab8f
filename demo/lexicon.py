"""Words of the captions, one `Lexicon` per language."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lexicon:
    """Words and sentence patterns of one language.

    `nouns` gives singular, plural and gender or measure word; `colours` gives the inflected forms that the
    language distinguishes. A pattern names the subject {s} (German: {a} in the accusative), the relation or
    place {rel} and the background {bg}; [x|y] holds x for one thing and y for several.
    """

    nouns: dict[str, tuple[str, str, str]]
    colours: dict[str, tuple[str, ...]]
    numbers: tuple[str, ...]
    relations: dict[str, str]
    places: dict[str, str]
    backgrounds: dict[str, tuple[str, ...]]
    patterns: tuple[str, ...]


KIND_ORDER = (
    "house", "tree", "car", "boat", "fish", "bird", "flower", "cat",
    "ball", "star", "kite", "mushroom", "umbrella", "chair", "cup", "lamp",
)  # fmt: skip
COLOUR_ORDER = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black")
RELATION_ORDER = ("above", "below", "beside", "in front of")
PLACE_ORDER = ("left", "right", "top", "bottom", "middle")
BACKGROUND_ORDER = ("meadow", "sea", "night", "desert", "snow", "room", "city", "mountains")


def _nouns(table: str) -> dict[str, tuple[str, str, str]]:
    """Rows of `singular/plural/gender or measure word`, separated by spaces, in KIND_ORDER."""
    rows = [row.split("/") for row in table.split()]
    return {kind: (row[0], row[1], row[2]) for kind, row in zip(KIND_ORDER, rows, strict=True)}


def _colours(table: str) -> dict[str, tuple[str, ...]]:
    rows = (tuple(row.split("/")) for row in table.split())
    return dict(zip(COLOUR_ORDER, rows, strict=True))


def _listed(order: tuple[str, ...], table: str) -> dict[str, str]:
    return dict(zip(order, table.split("|"), strict=True))


def _backgrounds(table: str) -> dict[str, tuple[str, ...]]:
    rows = (tuple(row.split("/")) for row in table.split("|"))
    return dict(zip(BACKGROUND_ORDER, rows, strict=True))


ENGLISH = Lexicon(
    nouns=_nouns(
        "house/houses/n tree/trees/n car/cars/n boat/boats/n fish/fish/n bird/birds/n flower/flowers/n "
        "cat/cats/n ball/balls/n star/stars/n kite/kites/n mushroom/mushrooms/n umbrella/umbrellas/n "
        "chair/chairs/n cup/cups/n lamp/lamps/n"
    ),
    colours=_colours("red orange yellow green blue purple pink white black"),
    numbers=("one", "two", "three", "four"),
    relations=_listed(RELATION_ORDER, "above|below|beside|in front of"),
    places=_listed(
        PLACE_ORDER,
        "on the left|on the right|at the top of the picture|at the bottom of the picture|"
        "in the middle of the picture",
    ),
    backgrounds=_backgrounds(
        "on a green meadow/in the meadow|out at sea/on the sea|under the night sky/on a starry night|"
        "in the desert/among the desert dunes|in the snow/on a snowy day|in a room/inside a room|"
        "in the city/in the middle of the city|in the mountains/among high mountains"
    ),
    patterns=(
        "{s} [sits|sit] {rel} {bg}.",
        "{s} [is|are] {rel}, {bg}.",
        "{bg}, {s} [is|are] {rel}.",
        "[There is|There are] {s} {rel} {bg}.",
        "We can see {s} {rel} {bg}.",
        "The picture shows {s} {rel} {bg}.",
        "Here [is|are] {s} {rel} {bg}.",
        "Somebody has painted {s} {rel} {bg}.",
        "{bg} we find {s} {rel}.",
        "{bg} [there is|there are] {s} {rel}.",
    ),
)

GERMAN = Lexicon(
    nouns=_nouns(
        "Haus/Häuser/n Baum/Bäume/m Auto/Autos/n Boot/Boote/n Fisch/Fische/m Vogel/Vögel/m Blume/Blumen/f "
        "Katze/Katzen/f Ball/Bälle/m Stern/Sterne/m Drachen/Drachen/m Pilz/Pilze/m "
        "Regenschirm/Regenschirme/m Stuhl/Stühle/m Tasse/Tassen/f Lampe/Lampen/f"
    ),
    colours=_colours("rot orangefarben gelb grün blau violett rosafarben weiß schwarz"),
    numbers=("ein", "zwei", "drei", "vier"),
    relations=_listed(RELATION_ORDER, "über|unter|neben|vor"),
    places=_listed(
        PLACE_ORDER, "links im Bild|rechts im Bild|oben im Bild|unten im Bild|in der Mitte des Bildes"
    ),
    backgrounds=_backgrounds(
        "auf einer grünen Wiese/auf der Wiese|auf dem Meer/draußen auf dem Meer|"
        "unter dem Nachthimmel/in einer Sternennacht|in der Wüste/zwischen den Dünen der Wüste|"
        "im Schnee/in einer verschneiten Landschaft|in einem Zimmer/im Zimmer|"
        "in der Stadt/mitten in der Stadt|in den Bergen/im Gebirge"
    ),
    patterns=(
        "{s} [steht|stehen] {rel} {bg}.",
        "{s} [befindet|befinden] sich {bg} {rel}.",
        "{bg} [ist|sind] {s} {rel}.",
        "Es gibt {a} {rel} {bg}.",
        "Man sieht {a} {rel} {bg}.",
        "Das Bild zeigt {a} {rel} {bg}.",
        "Hier [ist|sind] {s} {rel} {bg}.",
        "Jemand hat {a} {rel} {bg} gemalt.",
        "{bg} entdeckt man {a} {rel}.",
        "{rel} [befindet|befinden] sich {bg} {s}.",
    ),
)

SPANISH = Lexicon(
    nouns=_nouns(
        "casa/casas/f árbol/árboles/m coche/coches/m barco/barcos/m pez/peces/m pájaro/pájaros/m "
        "flor/flores/f gato/gatos/m pelota/pelotas/f estrella/estrellas/f cometa/cometas/f seta/setas/f "
        "paraguas/paraguas/m silla/sillas/f taza/tazas/f lámpara/lámparas/f"
    ),
    colours=_colours(
        "rojo/roja/rojos/rojas naranja/naranja/naranjas/naranjas amarillo/amarilla/amarillos/amarillas "
        "verde/verde/verdes/verdes azul/azul/azules/azules morado/morada/morados/moradas "
        "rosa/rosa/rosas/rosas blanco/blanca/blancos/blancas negro/negra/negros/negras"
    ),
    numbers=("un", "dos", "tres", "cuatro"),
    relations=_listed(RELATION_ORDER, "encima de|debajo de|junto a|delante de"),
    places=_listed(
        PLACE_ORDER, "a la izquierda|a la derecha|en la parte superior|en la parte inferior|en el centro"
    ),
    backgrounds=_backgrounds(
        "en un prado verde/en el prado|en el mar/en alta mar|bajo el cielo nocturno/en una noche estrellada|"
        "en el desierto/entre las dunas del desierto|en la nieve/en un paisaje nevado|"
        "en una habitación/dentro de una habitación|en la ciudad/en medio de la ciudad|"
        "en las montañas/entre altas montañas"
    ),
    patterns=(
        "{s} [está|están] {rel} {bg}.",
        "{bg} hay {s} {rel}.",
        "Hay {s} {rel} {bg}.",
        "Se [ve|ven] {s} {rel} {bg}.",
        "El dibujo muestra {s} {rel} {bg}.",
        "{bg} [aparece|aparecen] {s} {rel}.",
        "Aquí tenemos {s} {rel} {bg}.",
        "Alguien ha pintado {s} {rel} {bg}.",
        "{rel} se [encuentra|encuentran] {s} {bg}.",
    ),
)

FRENCH = Lexicon(
    nouns=_nouns(
        "maison/maisons/f arbre/arbres/m voiture/voitures/f bateau/bateaux/m poisson/poissons/m "
        "oiseau/oiseaux/m fleur/fleurs/f chat/chats/m ballon/ballons/m étoile/étoiles/f "
        "cerf-volant/cerfs-volants/m champignon/champignons/m parapluie/parapluies/m chaise/chaises/f "
        "tasse/tasses/f lampe/lampes/f"
    ),
    colours=_colours(
        "rouge/rouge/rouges/rouges orange/orange/orange/orange jaune/jaune/jaunes/jaunes "
        "vert/verte/verts/vertes bleu/bleue/bleus/bleues violet/violette/violets/violettes "
        "rose/rose/roses/roses blanc/blanche/blancs/blanches noir/noire/noirs/noires"
    ),
    numbers=("un", "deux", "trois", "quatre"),
    relations=_listed(RELATION_ORDER, "au-dessus de|au-dessous de|à côté de|devant"),
    places=_listed(
        PLACE_ORDER, "à gauche|à droite|en haut de l'image|en bas de l'image|au milieu de l'image"
    ),
    backgrounds=_backgrounds(
        "dans un pré vert/dans le pré|sur la mer/en pleine mer|sous le ciel nocturne/par une nuit étoilée|"
        "dans le désert/parmi les dunes du désert|dans la neige/dans un paysage enneigé|"
        "dans une pièce/à l'intérieur d'une pièce|en ville/au milieu de la ville|"
        "à la montagne/parmi de hautes montagnes"
    ),
    patterns=(
        "{s} se [trouve|trouvent] {rel} {bg}.",
        "{bg}, il y a {s} {rel}.",
        "Il y a {s} {rel} {bg}.",
        "On voit {s} {rel} {bg}.",
        "L'image montre {s} {rel} {bg}.",
        "{bg}, on aperçoit {s} {rel}.",
        "Voici {s} {rel} {bg}.",
        "Quelqu'un a peint {s} {rel} {bg}.",
        "{rel} se [tient|tiennent] {s} {bg}.",
    ),
)

CHINESE = Lexicon(
    nouns=_nouns(
        "房子/房子/座 树/树/棵 汽车/汽车/辆 小船/小船/艘 鱼/鱼/条 鸟/鸟/只 花/花/朵 猫/猫/只 球/球/个 "
        "星星/星星/颗 风筝/风筝/只 蘑菇/蘑菇/个 雨伞/雨伞/把 椅子/椅子/把 杯子/杯子/个 台灯/台灯/盏"
    ),
    colours=_colours("红色 橙色 黄色 绿色 蓝色 紫色 粉色 白色 黑色"),
    numbers=("一", "两", "三", "四"),
    relations=_listed(RELATION_ORDER, "上方|下方|旁边|前面"),
    places=_listed(PLACE_ORDER, "画面左边|画面右边|画面顶部|画面底部|画面中间"),
    backgrounds=_backgrounds(
        "草地上/绿色的草地上|海上/大海上|夜空下/星空下|沙漠里/沙丘之间|雪地里/雪中|房间里/屋里|"
        "城市里/城里|山里/群山之间"
    ),
    patterns=(
        "{bg},{s}在{rel}。",
        "{s}在{bg},就在{rel}。",
        "{bg}有{s},在{rel}。",
        "在{bg},我们看到{s}在{rel}。",
        "图中{s}在{rel},都在{bg}。",
        "{rel}有{s},是在{bg}。",
        "有人把{s}画在{rel},是在{bg}。",
        "看,{bg}的{s}就在{rel}。",
        "在{bg},{rel}是{s}。",
    ),
)

LEXICONS = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH, "zh": CHINESE}
