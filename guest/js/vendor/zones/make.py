"""Writes zones.js from the time zone database that Python's zoneinfo finds, which is in the public domain: python3 make.py

A line a zone: its names, the rule that is in force (as POSIX has it), the offset in 1970, the offsets that there were, and
the transitions until the rule holds, as minutes since the last one and which offset follows. Numbers are in base 36."""

import calendar
import re
import struct
import zoneinfo
from pathlib import Path

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    if number < 0:
        return "-" + base36(-number)
    return (base36(number // 36) if number >= 36 else "") + DIGITS[number % 36]


def read(path):
    """The types, the transitions and the rule of a file in the format TZif, from its part with 64 bits."""
    data = path.read_bytes()

    def counts(at):
        return struct.unpack(">6l", data[at + 20 : at + 44])

    isut, isstd, leap, times, types, chars = counts(0)
    at = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    isut, isstd, leap, times, types, chars = counts(at)
    at += 44
    when = struct.unpack(f">{times}q", data[at : at + 8 * times])
    at += 8 * times
    which = data[at : at + times]
    at += times
    offsets = [struct.unpack(">lBB", data[at + 6 * it : at + 6 * it + 6])[0] for it in range(types)]
    at += 6 * types + chars + leap * 12 + isstd + isut
    return offsets[0], list(zip(when, (offsets[it] for it in which))), data[at:].strip(b"\n").decode()


def seconds(text):
    sign, hours, minutes = re.match(r"([+-]?)(\d+)(?::(\d+))?", text).groups()
    value = int(hours) * 3600 + int(minutes or 0) * 60
    return -value if sign == "-" else value


def day(text, year):
    date, _, time = text.partition("/")
    month, week, weekday = map(int, date[1:].split("."))
    first = (calendar.weekday(year, month, 1) + 1) % 7
    number = 1 + (weekday - first) % 7 + (week - 1) * 7
    if number > calendar.monthrange(year, month)[1]:
        number -= 7
    return calendar.timegm((year, month, number, 0, 0, 0)) + (seconds(time) if time else 7200)


def ruled(rule):
    """The transitions that a rule makes."""
    name = r"(?:<[^>]+>|[A-Za-z]+)"
    standard, summer, begin, end = re.match(
        rf"{name}([+-]?[\d:]+)(?:{name}([+-]?[\d:]+)?,([^,]+),([^,]+))?$", rule
    ).groups()
    if not begin:
        return []
    standard = -seconds(standard)
    summer = -seconds(summer) if summer else standard + 3600
    years = range(1970, 2100)
    found = [(day(begin, year) - standard, summer) for year in years]
    return sorted(found + [(day(end, year) - summer, standard) for year in years])


def line(first, transitions, rule):
    for when, offset in transitions:
        if when < 0:
            first = offset
    kept = [it for it in transitions if it[0] >= 0]
    by_rule = ruled(rule)
    # The rule holds from the first transition on after which the two go on alike.
    while len(kept) > 1 and kept[-1] in by_rule and kept[-2] in by_rule:
        if by_rule.index(kept[-1]) - by_rule.index(kept[-2]) != 1:
            break
        kept.pop()
    offsets, text, last = [], "", 0
    for when, offset in kept:
        if offset // 60 not in offsets:
            offsets.append(offset // 60)
        text += base36((when - last) // 60) + chr(ord("A") + offsets.index(offset // 60))
        last = when
    return "|".join([rule, base36(first // 60), ",".join(map(base36, offsets)), text])


def main():
    root = next(Path(it) for it in zoneinfo.TZPATH if Path(it, "Europe/Berlin").is_file())
    zones = {}
    for name in sorted(zoneinfo.available_timezones()):
        if "/" in name and not name.startswith(("Etc/", "SystemV/")) and (root / name).is_file():
            zones.setdefault(line(*read(root / name)), []).append(name)
    lines = [f"{' '.join(names)}|{what}" for what, names in zones.items()]
    text = "\n".join(lines)
    Path(__file__).with_name("zones.js").write_text(
        "// The time zone database, which is in the public domain, as make.py has put it.\n\nexport const ZONES = `\n" + text + "\n`;\n"
    )


main()
