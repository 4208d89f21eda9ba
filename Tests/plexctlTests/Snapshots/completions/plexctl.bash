# bash completion for plexctl, made by 'plexctl completions bash'.

_plexctl_reply() {
    local word prefix=''
    if [[ $2 == *:* && $COMP_WORDBREAKS == *:* ]]; then
        prefix=${2%"${2##*:}"}
    fi
    COMPREPLY=()
    while IFS= read -r word; do
        if [[ -n $word && $word == "$2"* ]]; then
            COMPREPLY+=("${word#"$prefix"}")
        fi
    done <<<"$1"
}

_plexctl() {
    local line=${COMP_LINE:0:COMP_POINT} path=/ current='' previous word
    local -a words
    read -ra words <<<"$line"
    if [[ $line != *[[:space:]] ]]; then
        current=${words[-1]}
        unset 'words[-1]'
    fi
    previous=${words[-1]}
    for word in "${words[@]:1}"; do
        case ${path%/}/$word in
        /chat) path=/chat ;;
        /serve) path=/serve ;;
        /reload) path=/reload ;;
        /models) path=/models ;;
        /auth) path=/auth ;;
        /auth/set) path=/auth/set ;;
        /auth/list) path=/auth/list ;;
        /auth/remove) path=/auth/remove ;;
        /auth/test) path=/auth/test ;;
        /auth/login) path=/auth/login ;;
        /auth/logout) path=/auth/logout ;;
        /auth/rekey) path=/auth/rekey ;;
        /auth/import) path=/auth/import ;;
        /auth/backup) path=/auth/backup ;;
        /auth/status) path=/auth/status ;;
        /mcp) path=/mcp ;;
        /mcp/servers) path=/mcp/servers ;;
        /mcp/tools) path=/mcp/tools ;;
        /mcp/call) path=/mcp/call ;;
        /mcp/check) path=/mcp/check ;;
        /mcp/login) path=/mcp/login ;;
        /mcp/serve) path=/mcp/serve ;;
        /mcp/new) path=/mcp/new ;;
        /route) path=/route ;;
        /route/explain) path=/route/explain ;;
        /route/simulate) path=/route/simulate ;;
        /providers) path=/providers ;;
        /providers/list) path=/providers/list ;;
        /providers/test) path=/providers/test ;;
        /providers/reset) path=/providers/reset ;;
        /config) path=/config ;;
        /config/check) path=/config/check ;;
        /config/show) path=/config/show ;;
        /config/explain) path=/config/explain ;;
        /config/path) path=/config/path ;;
        /config/convert) path=/config/convert ;;
        /config/import-litellm) path=/config/import-litellm ;;
        /completions) path=/completions ;;
        /help) path=/help ;;
        /version) path=/version ;;
        /help/[a-z]*) path+=/$word ;;
        esac
    done
    if [[ $current == --*=* ]]; then
        previous=${current%%=*}
        current=${current#*=}
    fi
    case "$path $previous" in
    "/ -c" | "/ --config") compopt -o default; COMPREPLY=(); return ;;
    "/ --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/chat -m" | "/chat --model") _plexctl_reply "$(plexctl __complete models 2>/dev/null)" "$current"; return ;;
    "/chat -s" | "/chat --system") COMPREPLY=(); return ;;
    "/chat -f" | "/chat --file") compopt -o default; COMPREPLY=(); return ;;
    "/chat --image") compopt -o default; COMPREPLY=(); return ;;
    "/chat --schema") compopt -o default; COMPREPLY=(); return ;;
    "/chat --temperature") COMPREPLY=(); return ;;
    "/chat --max-tokens") COMPREPLY=(); return ;;
    "/chat --timeout") COMPREPLY=(); return ;;
    "/chat --mcp") _plexctl_reply "$(plexctl __complete servers 2>/dev/null)" "$current"; return ;;
    "/chat --max-rounds") COMPREPLY=(); return ;;
    "/chat --server") COMPREPLY=(); return ;;
    "/chat -c" | "/chat --config") compopt -o default; COMPREPLY=(); return ;;
    "/chat --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/serve -s" | "/serve --socket") compopt -o default; COMPREPLY=(); return ;;
    "/serve --http") COMPREPLY=(); return ;;
    "/serve --listen") COMPREPLY=(); return ;;
    "/serve -c" | "/serve --config") compopt -o default; COMPREPLY=(); return ;;
    "/serve --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/reload -s" | "/reload --socket") compopt -o default; COMPREPLY=(); return ;;
    "/reload --server") COMPREPLY=(); return ;;
    "/reload -c" | "/reload --config") compopt -o default; COMPREPLY=(); return ;;
    "/reload --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/models --provider") _plexctl_reply "$(plexctl __complete providers 2>/dev/null)" "$current"; return ;;
    "/models -c" | "/models --config") compopt -o default; COMPREPLY=(); return ;;
    "/models --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth -c" | "/auth --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/set --from-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/set -c" | "/auth/set --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/set --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/list -c" | "/auth/list --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/list --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/remove -c" | "/auth/remove --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/remove --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/test -c" | "/auth/test --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/test --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/login --issuer") COMPREPLY=(); return ;;
    "/auth/login --client-id") COMPREPLY=(); return ;;
    "/auth/login --client-secret-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/login --scope") COMPREPLY=(); return ;;
    "/auth/login --resource") COMPREPLY=(); return ;;
    "/auth/login --flow") _plexctl_reply $'code\ndevice\nclient' "$current"; return ;;
    "/auth/login -c" | "/auth/login --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/login --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/logout -c" | "/auth/logout --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/logout --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/rekey --to") _plexctl_reply $'environment\nkey-file\npassphrase\nsystemd' "$current"; return ;;
    "/auth/rekey -c" | "/auth/rekey --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/rekey --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/import -c" | "/auth/import --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/import --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/backup -c" | "/auth/backup --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/backup --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/auth/status -c" | "/auth/status --config") compopt -o default; COMPREPLY=(); return ;;
    "/auth/status --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/mcp -c" | "/mcp --config") compopt -o default; COMPREPLY=(); return ;;
    "/mcp --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/servers -c" | "/mcp/servers --config") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/servers --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/tools -c" | "/mcp/tools --config") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/tools --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/call -c" | "/mcp/call --config") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/call --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/check -c" | "/mcp/check --config") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/check --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/login -c" | "/mcp/login --config") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/login --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/serve --allow") COMPREPLY=(); return ;;
    "/mcp/serve --deny") COMPREPLY=(); return ;;
    "/mcp/serve -c" | "/mcp/serve --config") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/serve --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/new --template") _plexctl_reply $'python\nswift' "$current"; return ;;
    "/mcp/new -c" | "/mcp/new --config") compopt -o default; COMPREPLY=(); return ;;
    "/mcp/new --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/route -c" | "/route --config") compopt -o default; COMPREPLY=(); return ;;
    "/route --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/route/explain --needs") COMPREPLY=(); return ;;
    "/route/explain --tokens") COMPREPLY=(); return ;;
    "/route/explain --health") compopt -o default; COMPREPLY=(); return ;;
    "/route/explain -c" | "/route/explain --config") compopt -o default; COMPREPLY=(); return ;;
    "/route/explain --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/route/simulate --seed") COMPREPLY=(); return ;;
    "/route/simulate -c" | "/route/simulate --config") compopt -o default; COMPREPLY=(); return ;;
    "/route/simulate --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/providers -c" | "/providers --config") compopt -o default; COMPREPLY=(); return ;;
    "/providers --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/providers/list -c" | "/providers/list --config") compopt -o default; COMPREPLY=(); return ;;
    "/providers/list --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/providers/test -c" | "/providers/test --config") compopt -o default; COMPREPLY=(); return ;;
    "/providers/test --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/providers/reset -s" | "/providers/reset --socket") compopt -o default; COMPREPLY=(); return ;;
    "/providers/reset --server") COMPREPLY=(); return ;;
    "/providers/reset -c" | "/providers/reset --config") compopt -o default; COMPREPLY=(); return ;;
    "/providers/reset --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/config -c" | "/config --config") compopt -o default; COMPREPLY=(); return ;;
    "/config --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/config/check -c" | "/config/check --config") compopt -o default; COMPREPLY=(); return ;;
    "/config/check --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/config/show -c" | "/config/show --config") compopt -o default; COMPREPLY=(); return ;;
    "/config/show --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/config/explain -c" | "/config/explain --config") compopt -o default; COMPREPLY=(); return ;;
    "/config/explain --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/config/path -c" | "/config/path --config") compopt -o default; COMPREPLY=(); return ;;
    "/config/path --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/config/convert --to") _plexctl_reply $'toml\nyaml\njson' "$current"; return ;;
    "/config/convert -c" | "/config/convert --config") compopt -o default; COMPREPLY=(); return ;;
    "/config/convert --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/config/import-litellm -c" | "/config/import-litellm --config") compopt -o default; COMPREPLY=(); return ;;
    "/config/import-litellm --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/completions -c" | "/completions --config") compopt -o default; COMPREPLY=(); return ;;
    "/completions --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/help -c" | "/help --config") compopt -o default; COMPREPLY=(); return ;;
    "/help --env-file") compopt -o default; COMPREPLY=(); return ;;
    "/version -c" | "/version --config") compopt -o default; COMPREPLY=(); return ;;
    "/version --env-file") compopt -o default; COMPREPLY=(); return ;;
    esac
    if [[ $current == -* ]]; then
        case $path in
        /) _plexctl_reply $'--version\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /chat) _plexctl_reply $'-m\n--model\n-s\n--system\n-f\n--file\n--image\n--schema\n--temperature\n--max-tokens\n--timeout\n--no-stream\n--json\n--jsonl\n--reasoning\n--usage\n--trace\n--mcp\n--max-rounds\n-y\n--yes\n--dry-run\n--server\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /serve) _plexctl_reply $'-s\n--socket\n--http\n--listen\n-v\n--verbose\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /reload) _plexctl_reply $'-s\n--socket\n--server\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /models) _plexctl_reply $'--provider\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth) _plexctl_reply $'-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/set) _plexctl_reply $'--from-stdin\n--from-file\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/list) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/remove) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/test) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/login) _plexctl_reply $'--issuer\n--client-id\n--client-secret-file\n--scope\n--resource\n--flow\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/logout) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/rekey) _plexctl_reply $'--to\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/import) _plexctl_reply $'--replace\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/backup) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /auth/status) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /mcp) _plexctl_reply $'-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /mcp/servers) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /mcp/tools) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /mcp/call) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /mcp/check) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /mcp/login) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /mcp/serve) _plexctl_reply $'--lean\n--allow\n--deny\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /mcp/new) _plexctl_reply $'--template\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /route) _plexctl_reply $'-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /route/explain) _plexctl_reply $'--needs\n--tokens\n--health\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /route/simulate) _plexctl_reply $'--seed\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /providers) _plexctl_reply $'-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /providers/list) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /providers/test) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /providers/reset) _plexctl_reply $'-s\n--socket\n--server\n--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /config) _plexctl_reply $'-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /config/check) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /config/show) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /config/explain) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /config/path) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /config/convert) _plexctl_reply $'--to\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /config/import-litellm) _plexctl_reply $'-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /completions) _plexctl_reply $'-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /help | /help/*) _plexctl_reply $'-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        /version) _plexctl_reply $'--json\n-c\n--config\n--env-file\n-h\n--help' "$current" ;;
        esac
        return
    fi
    case $path in
    /) _plexctl_reply $'chat\nserve\nreload\nmodels\nauth\nmcp\nroute\nproviders\nconfig\ncompletions\nhelp\nversion' "$current" ;;
    /chat) COMPREPLY=() ;;
    /auth) _plexctl_reply $'set\nlist\nremove\ntest\nlogin\nlogout\nrekey\nimport\nbackup\nstatus' "$current" ;;
    /auth/set) COMPREPLY=() ;;
    /auth/remove) COMPREPLY=() ;;
    /auth/test) COMPREPLY=() ;;
    /auth/login) COMPREPLY=() ;;
    /auth/logout) COMPREPLY=() ;;
    /auth/import) compopt -o default; COMPREPLY=() ;;
    /auth/backup) compopt -o default; COMPREPLY=() ;;
    /mcp) _plexctl_reply $'servers\ntools\ncall\ncheck\nlogin\nserve\nnew' "$current" ;;
    /mcp/tools) _plexctl_reply "$(plexctl __complete servers 2>/dev/null)" "$current" ;;
    /mcp/call) _plexctl_reply "$(plexctl __complete servers 2>/dev/null)" "$current" ;;
    /mcp/check) _plexctl_reply "$(plexctl __complete servers 2>/dev/null)" "$current" ;;
    /mcp/login) _plexctl_reply "$(plexctl __complete servers 2>/dev/null)" "$current" ;;
    /mcp/new) COMPREPLY=() ;;
    /route) _plexctl_reply $'explain\nsimulate' "$current" ;;
    /route/explain) _plexctl_reply "$(plexctl __complete models 2>/dev/null)" "$current" ;;
    /route/simulate) compopt -o default; COMPREPLY=() ;;
    /providers) _plexctl_reply $'list\ntest\nreset' "$current" ;;
    /providers/test) _plexctl_reply "$(plexctl __complete providers 2>/dev/null)" "$current" ;;
    /providers/reset) _plexctl_reply "$(plexctl __complete providers 2>/dev/null)" "$current" ;;
    /config) _plexctl_reply $'check\nshow\nexplain\npath\nconvert\nimport-litellm' "$current" ;;
    /config/explain) _plexctl_reply "$(plexctl __complete keys 2>/dev/null)" "$current" ;;
    /config/import-litellm) compopt -o default; COMPREPLY=() ;;
    /completions) _plexctl_reply $'bash\nzsh\nfish' "$current" ;;
    /help) _plexctl_reply $'chat\nserve\nreload\nmodels\nauth\nmcp\nroute\nproviders\nconfig\ncompletions\nhelp\nversion' "$current" ;;
    /help/auth) _plexctl_reply $'set\nlist\nremove\ntest\nlogin\nlogout\nrekey\nimport\nbackup\nstatus' "$current" ;;
    /help/mcp) _plexctl_reply $'servers\ntools\ncall\ncheck\nlogin\nserve\nnew' "$current" ;;
    /help/route) _plexctl_reply $'explain\nsimulate' "$current" ;;
    /help/providers) _plexctl_reply $'list\ntest\nreset' "$current" ;;
    /help/config) _plexctl_reply $'check\nshow\nexplain\npath\nconvert\nimport-litellm' "$current" ;;
    esac
}

complete -F _plexctl plexctl
