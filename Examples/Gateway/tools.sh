#!/usr/bin/env bash
# Usage: tools.sh http://HOST:PORT|unix:PATH
# Lists the tools of the MCP servers behind the gateway and calls one, with nothing but curl.
set -euo pipefail

address=$1
ask=(curl --silent --show-error)
case $address in
unix:*) ask+=(--unix-socket "${address#unix:}"); base=http://localhost ;;
*) base=$address ;;
esac

"${ask[@]}" "$base/mcp/v1/tools"
echo
"${ask[@]}" "$base/mcp/v1/tools/own__greet/call" --data '{"arguments": {"name": "Ada"}}'
echo
# The same by the server's own name for it.
"${ask[@]}" "$base/mcp/tools/own/greet" --data '{"name": "Ada"}'
echo
# A server that is not there is answered with the names of those that are.
"${ask[@]}" "$base/mcp/tools/other/greet" --data '{}'
echo
