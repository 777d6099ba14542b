# shellcheck shell=bash
# What the user sees while something takes time: lines with the seconds since the start, on stderr.

# Whoever sources this file needs both, and is told before anything else fails for the lack of them.
if [ "$(uname -s)" != Linux ] || [ "${BASH_VERSINFO[0]}" -lt 5 ]; then
  printf '%s: needs Linux and bash 5 or newer; this is %s with bash %s\n' "${0##*/}" "$(uname -s)" "$BASH_VERSION" >&2
  exit 1
fi

begun_at=${EPOCHREALTIME/[.,]/}

# say TEXT…: one progress line
say() {
  local tenths=$(((${EPOCHREALTIME/[.,]/} - begun_at) / 100000))
  printf '[%4d.%ds] %s\n' $((tenths / 10)) $((tenths % 10)) "$*" >&2
}

# die TEXT…: says why and ends the script
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# die_with_log NAME TEXT…: the same, with the end of the log of the process NAME
die_with_log() {
  local name=$1
  shift
  if [[ -s $STATE/logs/$name.log ]]; then
    printf -- '--- last lines of %s\n' "$STATE/logs/$name.log" >&2
    tail -n 25 "$STATE/logs/$name.log" >&2
    printf -- '---\n' >&2
  fi
  die "$*"
}
