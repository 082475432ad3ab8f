"""`corpus thresholds`: every score with its bound, and what moving it would keep."""

from __future__ import annotations

import argparse

HELP = "how every score is spread, what its bound drops, and what another bound would keep"


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", help="output folder or URI of a finished build")
    parser.add_argument("names", nargs="*", help="names of filters; all when none is given")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a bound to try; may be repeated"
    )
    parser.add_argument(
        "--write", action="store_true", help="make the tables that the bounds of --set change; nothing else"
    )


def run(options: argparse.Namespace) -> None:
    from corpus.errors import SettingsError
    from corpus.look.lookup import open_build
    from corpus.look.scores import bounds_of, setting_of, spreads, unit_scores
    from corpus.look.scores_text import format_spreads
    from corpus.overrides import flat, meant, overridden

    stored, settings = open_build(options.out)
    wanted = overridden(settings.model_dump(), options.set)
    changed = {key for key, value in flat(wanted).items() if value != flat(settings)[key]}
    if changed - {setting_of(name) for name in bounds_of(settings)}:
        raise SettingsError(
            f"only bounds can be tried without computing anew; got {', '.join(sorted(changed))}"
        )
    unknown = set(options.names) - set(bounds_of(settings))
    if unknown:
        known = list(bounds_of(settings))
        wrong = ", ".join(name + meant(name, known) for name in sorted(unknown))
        raise SettingsError(f"no filter {wrong}; known: {', '.join(known)}")
    for unit, scored in unit_scores(stored):
        before, after = (spreads(unit, scored, bounds_of(each)) for each in (settings, wanted))
        for line in format_spreads(after, options.names):
            print(line)
        if before.n_kept != after.n_kept:
            print(f"  {after.n_kept:,} {unit}s pass instead of {before.n_kept:,}")
    if options.write:
        from corpus.malloc import keep_little
        from corpus.run import build

        keep_little()
        # The folder may have another name now than when it was made.
        places = wanted.places.model_copy(update={"out": stored.out})
        build(wanted.model_copy(update={"places": places}), print)
