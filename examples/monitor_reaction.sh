#!/bin/sh
# Follow a reaction: rank the spectra of each aliquot, and keep the scores of what went in and what should come out.
#
#     examples/monitor_reaction.sh [options of specmol rank]
#
# The aliquots are those of reaction.csv. The result is CSV, a line per aliquot as soon as it is ranked. The model knows
# single compounds, not mixtures: the score of what is used up falls and that of what forms rises, but halfway another
# candidate may lead.
set -eu
cd "$(dirname "$0")"

specmol rank --queries reaction.csv --library candidates.smi --top 0 --no-cache --quiet "$@" |
    python3 -u -c '
import json, sys

names = ("4-methoxybenzaldehyde", "ethyl 4-methoxycinnamate")
print("percent", *names, "best", sep=",")
failed, seen = False, 0
for line in sys.stdin:
    result, seen = json.loads(line), seen + 1
    if "error" in result:
        failed = True
        print(result["id"] + ": " + result["error"]["message"], file=sys.stderr)
        continue
    scores = {c["name"]: c["score"] for c in result["candidates"]}
    print(result["id"], *(format(scores[n], ".2f") for n in names), result["candidates"][0]["name"], sep=",")
sys.exit(failed or not seen)
'
