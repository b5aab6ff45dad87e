#!/bin/sh
# Follow a reaction, and stop the pump at 95 % conversion.
#
#     examples/monitor_reaction.sh [SERIES] [further options of specmol monitor]
#
# SERIES is the folder that the spectrometer fills (add --watch), an array, or a table of paths and times; without it, the
# series of the examples. The lines of the spectra go to monitor.jsonl, and a stopped run continues there. STOP_PUMP is
# the command that stops your pump, for example STOP_PUMP='curl -X POST http://pump.local/stop'.
set -u
here=$(dirname "$0")
series=${1:-$here/series.csv}
[ $# -gt 0 ] && shift

stop_pump() {
    if [ -n "${STOP_PUMP:-}" ] && ! sh -c "$STOP_PUMP"; then
        echo "conversion reached, but the pump does not stop: $STOP_PUMP" >&2
        exit 1
    fi
    echo "conversion reached: pump stopped"
}

specmol monitor "$series" --species "$here/series.smi" \
    --reaction 'COc1ccc(C=O)cc1.CCOC(=O)CP(=O)(OCC)OCC>>CCOC(=O)/C=C/c1ccc(OC)cc1.CCOP(=O)(O)OCC' \
    --until 'conversion>0.95' --output monitor.jsonl --quiet "$@" >/dev/null
case $? in
7) stop_pump ;;
0) echo "the series ended before the conversion was reached" ;;
*) echo "monitoring failed" >&2; exit 1 ;;
esac
