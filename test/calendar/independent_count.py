"""Counts due dates a second time, day by day, from the published holidays alone.

Usage: independent_count.py FOLDER < samples.json > answers.json

FOLDER holds YYYY.json files ({"days": [{"date", "isOffDay"}]}). A sample is
{"unit": "G" | "Z", "start": "YYYY-MM-DD", "total": n, "stops": [["first", "last"], ...], "postpone": bool}.
An answer is {"last": "YYYY-MM-DD", "used": days used on the last day}.
Standard library only, no arithmetic but "the next day": slow and easy to check by eye.
"""

import datetime
import json
import pathlib
import sys

ONE_DAY = datetime.timedelta(days=1)


def read_published(folder):
    published = {}
    for path in sorted(pathlib.Path(folder).glob("[0-9][0-9][0-9][0-9].json")):
        for entry in json.loads(path.read_text(encoding="utf-8"))["days"]:
            published[datetime.date.fromisoformat(entry["date"])] = not entry["isOffDay"]
    return published


def answer(sample, published):
    def works(day):
        return published.get(day, day.weekday() < 5)

    stopped = set()
    for first, last in sample["stops"]:
        day = datetime.date.fromisoformat(first)
        while day <= datetime.date.fromisoformat(last):
            stopped.add(day)
            day += ONE_DAY

    day = datetime.date.fromisoformat(sample["start"])
    used = 0
    while used < sample["total"]:
        day += ONE_DAY
        if day not in stopped and (sample["unit"] == "Z" or works(day)):
            used += 1
    if sample["unit"] == "Z" and sample["postpone"]:
        while not works(day):
            day += ONE_DAY
            if day not in stopped:
                used += 1
    return {"last": day.isoformat(), "used": used}


if __name__ == "__main__":
    known = read_published(sys.argv[1])
    json.dump([answer(sample, known) for sample in json.load(sys.stdin)], sys.stdout)
