"""What a site says around its articles, in the languages of the captions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Furniture texts of one language; `titles` and `headings` serve the articles."""

    navigation: tuple[str, ...]
    cookies: str
    accept: str
    share: str
    related: str
    latest: str
    advertisement: str
    rights: str
    photo: str
    day: str
    part: str
    wrote: str
    not_found: str
    tagline: str
    titles: tuple[str, ...]
    headings: tuple[str, ...]
    authors: tuple[str, ...]


WORDS = {
    "en": Words(
        navigation=("Home", "Archive", "About us", "Contact", "Search"),
        cookies="We use cookies to remember your settings.",
        accept="Accept all",
        share="Share this page",
        related="You may also like",
        latest="Latest stories",
        advertisement="Advertisement",
        rights="All rights reserved",
        photo="Photo",
        day="Day",
        part="Part",
        wrote="wrote",
        not_found="Page not found",
        tagline="Pictures and stories since 1998",
        titles=(
            "Notes from a short journey",
            "What the drawer still held",
            "A week of small pictures",
            "Letters from the north",
            "The long way round",
            "An afternoon with the archive",
            "Seen between two trains",
            "Things worth keeping",
        ),
        headings=("How it began", "A second look", "Later that week", "What remained"),
        authors=("M. Carter", "J. Doyle", "P. Whitfield"),
    ),
    "de": Words(
        navigation=("Startseite", "Archiv", "Über uns", "Kontakt", "Suche"),
        cookies="Wir verwenden Cookies, um Ihre Einstellungen zu speichern.",
        accept="Alle annehmen",
        share="Seite teilen",
        related="Das könnte Sie auch interessieren",
        latest="Neueste Beiträge",
        advertisement="Anzeige",
        rights="Alle Rechte vorbehalten",
        photo="Foto",
        day="Tag",
        part="Teil",
        wrote="schrieb",
        not_found="Seite nicht gefunden",
        tagline="Bilder und Geschichten seit 1998",
        titles=(
            "Notizen von einer kurzen Reise",
            "Was noch in der Schublade lag",
            "Eine Woche voller Bilder",
            "Briefe aus dem Norden",
            "Der lange Umweg",
            "Ein Nachmittag im Archiv",
            "Zwischen zwei Zügen gesehen",
            "Was sich aufzuheben lohnt",
        ),
        headings=("Wie es anfing", "Ein zweiter Blick", "Später in der Woche", "Was geblieben ist"),
        authors=("K. Vogel", "S. Brandt", "U. Meißner"),
    ),
    "es": Words(
        navigation=("Inicio", "Archivo", "Quiénes somos", "Contacto", "Buscar"),
        cookies="Usamos cookies para recordar sus preferencias.",
        accept="Aceptar todo",
        share="Compartir esta página",
        related="También le puede interesar",
        latest="Últimas historias",
        advertisement="Publicidad",
        rights="Todos los derechos reservados",
        photo="Foto",
        day="Día",
        part="Parte",
        wrote="escribió",
        not_found="Página no encontrada",
        tagline="Imágenes e historias desde 1998",
        titles=(
            "Apuntes de un viaje corto",
            "Lo que guardaba el cajón",
            "Una semana de imágenes",
            "Cartas desde el norte",
            "El camino más largo",
            "Una tarde en el archivo",
            "Visto entre dos trenes",
            "Cosas que conviene guardar",
        ),
        headings=("Cómo empezó", "Una segunda mirada", "Más tarde esa semana", "Lo que quedó"),
        authors=("R. Molina", "E. Ibáñez", "T. Campos"),
    ),
    "fr": Words(
        navigation=("Accueil", "Archives", "Qui sommes-nous", "Contact", "Recherche"),
        cookies="Nous utilisons des cookies pour retenir vos préférences.",
        accept="Tout accepter",
        share="Partager cette page",
        related="À lire aussi",
        latest="Derniers articles",
        advertisement="Publicité",
        rights="Tous droits réservés",
        photo="Photo",
        day="Jour",
        part="Partie",
        wrote="a écrit",
        not_found="Page introuvable",
        tagline="Images et récits depuis 1998",
        titles=(
            "Notes d'un court voyage",
            "Ce que gardait le tiroir",
            "Une semaine d'images",
            "Lettres du nord",
            "Le chemin le plus long",
            "Un après-midi aux archives",
            "Vu entre deux trains",
            "Ce qui mérite d'être gardé",
        ),
        headings=("Les débuts", "Un second regard", "Plus tard dans la semaine", "Ce qui est resté"),
        authors=("B. Laurent", "C. Mercier", "A. Roussel"),
    ),
    "zh": Words(
        navigation=("首页", "存档", "关于我们", "联系方式", "搜索"),
        cookies="本站使用缓存文件保存您的设置。",
        accept="全部接受",
        share="分享本页",
        related="您可能还喜欢",
        latest="最新文章",
        advertisement="广告",
        rights="版权所有",
        photo="摄影",
        day="第几天:",
        part="部分",
        wrote="写道",
        not_found="页面不存在",
        tagline="一九九八年以来的图片与故事",
        titles=(
            "短途旅行笔记",
            "抽屉里的旧物",
            "一周的图片",
            "北方来信",
            "绕远的路",
            "档案馆的下午",
            "两班火车之间",
            "值得保存的东西",
        ),
        headings=("事情的开始", "再看一眼", "那一周的后来", "留下来的"),
        authors=("陈默", "林晓", "周宁"),
    ),
}
"""The texts by language, one entry per language of demo.captions."""
