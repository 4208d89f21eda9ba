#compdef plexctl
# zsh completion for plexctl, made by 'plexctl completions zsh'.

_plexctl_query() {
    local -a names
    names=("${(@f)$(plexctl __complete $1 2>/dev/null)}")
    compadd -a names
}

_plexctl_topics() {
    case ${(j:/:)words[1,CURRENT-1]} in
    '') compadd chat serve reload models auth mcp route providers config completions help version ;;
    'auth') compadd set list remove test login logout rekey import backup status ;;
    'mcp') compadd servers tools call check login serve new ;;
    'route') compadd explain simulate ;;
    'providers') compadd list test reset ;;
    'config') compadd check show explain path convert import-litellm ;;
    esac
}

_plexctl() {
    local context state state_descr line curcontext="$curcontext"
    local -a commands
    typeset -A opt_args
    _arguments -C -s -S \
        '(--version)'--version'[Show the version.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '1: :->command' \
        '*:: :->rest'
    case $state in
    command)
        commands=(
            'chat:Ask a model and print its answer as it comes.'
            'serve:Serve all models to other programs over a Unix socket and HTTP.'
            'reload:Let a running gateway read its configuration again.'
            'models:List the models on offer, each as PROVIDER/MODEL.'
            'auth:Keep keys of providers, encrypted.'
            'mcp:See the tools of the configured MCP servers, and call them.'
            'route:See who would answer, and try what happens in an outage.'
            'providers:See which providers there are and whether they answer, and let them be asked again.'
            'config:Check, show, explain and convert the configuration.'
            'completions:Print a script that completes command lines in a shell.'
            'help:Show the help of a command.'
            'version:Show the version.'
        )
        _describe command commands
        ;;
    rest)
        case $line[1] in
        chat) _plexctl_chat ;;
        serve) _plexctl_serve ;;
        reload) _plexctl_reload ;;
        models) _plexctl_models ;;
        auth) _plexctl_auth ;;
        mcp) _plexctl_mcp ;;
        route) _plexctl_route ;;
        providers) _plexctl_providers ;;
        config) _plexctl_config ;;
        completions) _plexctl_completions ;;
        help) _plexctl_help ;;
        version) _plexctl_version ;;
        esac
        ;;
    esac
}

_plexctl_chat() {
    _arguments -s -S \
        '(-m --model)'{-m+,--model=}'[Ask this model, by its name or as PROVIDER/MODEL; without it, $PLEX_MODEL, or the first one of a local engine.]:MODEL:_plexctl_query models' \
        '(-s --system)'{-s+,--system=}'[Instructions for the whole conversation.]:TEXT:' \
        '*'{-f+,--file=}'[Append a text file under its name to the prompt.]:FILE:_files' \
        '*'--image='[Show the model a PNG, JPEG, GIF or WebP image of at most 20 MB.]:FILE:_files' \
        '(--schema)'--schema='[Ask for an answer in JSON that fits the JSON Schema in this file.]:FILE:_files' \
        '(--temperature)'--temperature='[Spread of the choice of words\: 0 always takes the likeliest.]:NUMBER:' \
        '(--max-tokens)'--max-tokens='[End the answer after so many tokens, reasoning included.]:COUNT:' \
        '(--timeout)'--timeout='[Give up when the whole answer takes longer, for example 30s or 2m.]:TIME:' \
        '(--no-stream)'--no-stream'[Ask for the whole answer at once instead of piece by piece.]' \
        '(--json --jsonl)'--json'[Print one JSON object.]' \
        '(--jsonl --json)'--jsonl'[Print one JSON object a line for each event as it comes.]' \
        '(--reasoning)'--reasoning'[Show the model'\''s thoughts on standard error.]' \
        '(--usage)'--usage'[Report tokens and times on standard error.]' \
        '(--trace)'--trace'[Report each request that was sent on standard error.]' \
        '*'--mcp='[Let the model use the tools of this configured MCP server; each call is asked about first.]:SERVER:_plexctl_query servers' \
        '(--max-rounds)'--max-rounds='[Run the model'\''s tool calls at most so many times, 10 if it is not given; it is asked once more than that.]:COUNT:' \
        '(-y --yes)'{-y,--yes}'[Run every tool call without asking.]' \
        '(--dry-run)'--dry-run'[Print the request that would be sent, without the key, and send nothing.]' \
        '(--server)'--server='[Ask the OpenAI-compatible server there (http\://..., https\://... or unix\:PATH) and no other.]:URL:' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '*::PROMPT:'
}

_plexctl_serve() {
    _arguments -s -S \
        '(-s --socket)'{-s+,--socket=}'[Listen at this Unix socket, for this user only.]:PATH:_files' \
        '(--http)'--http='[Listen at this address; beyond 127.0.0.1 that takes access keys in the configuration. Port 0 is any that is free.]:HOST:PORT:' \
        '*'--listen='[Listen at unix\:PATH, tcp\:HOST\:PORT or systemd, with options such as ?mode=0660&group=NAME&role=guest.]:ADDRESS:' \
        '(-v --verbose)'{-v,--verbose}'[Log more\: the level debug, whatever the configuration says.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_reload() {
    _arguments -s -S \
        '(-s --socket)'{-s+,--socket=}'[Tell the gateway at this Unix socket.]:PATH:_files' \
        '(--server)'--server='[Tell the gateway there (http\://... or unix\:PATH) instead of the configured one.]:URL:' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_models() {
    _arguments -s -S \
        '(--provider)'--provider='[List the models of this provider only.]:NAME:_plexctl_query providers' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_auth() {
    local context state state_descr line curcontext="$curcontext"
    local -a commands
    typeset -A opt_args
    _arguments -C -s -S \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '1: :->command' \
        '*:: :->rest'
    case $state in
    command)
        commands=(
            'set:Store a key, in place of the one of that name.'
            'list:List names, kinds and dates of what is stored; never values.'
            'remove:Remove a credential from the store.'
            'test:Open a credential, and ask the provider that uses it for its models.'
            'login:Log in with an authorization server, and store the tokens.'
            'logout:Revoke the tokens of a login at its server, and remove them.'
            'rekey:Exchange the store'\''s keys and encrypt everything anew.'
            'import:Store the keys that a file or the environment holds.'
            'backup:Copy the store to a new file while it is in use; the master key is not in it.'
            'status:Tell where the store is, whether it opens, and where each provider'\''s key comes from, and which logins there are.'
        )
        _describe command commands
        ;;
    rest)
        case $line[1] in
        set) _plexctl_auth_set ;;
        list) _plexctl_auth_list ;;
        remove) _plexctl_auth_remove ;;
        test) _plexctl_auth_test ;;
        login) _plexctl_auth_login ;;
        logout) _plexctl_auth_logout ;;
        rekey) _plexctl_auth_rekey ;;
        import) _plexctl_auth_import ;;
        backup) _plexctl_auth_backup ;;
        status) _plexctl_auth_status ;;
        esac
        ;;
    esac
}

_plexctl_auth_set() {
    _arguments -s -S \
        '(--from-stdin --from-file)'--from-stdin'[Read the key from standard input.]' \
        '(--from-file --from-stdin)'--from-file='[Read the key from this file, which holds nothing else.]:FILE:_files' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::NAME:'
}

_plexctl_auth_list() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_auth_remove() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::NAME:'
}

_plexctl_auth_test() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::NAME:'
}

_plexctl_auth_login() {
    _arguments -s -S \
        '(--issuer)'--issuer='[The authorization server, exactly as it names itself.]:URL:' \
        '(--client-id)'--client-id='[The client that is registered there; without one, a client registers itself.]:ID:' \
        '(--client-secret-file)'--client-secret-file='[Read the client'\''s secret from this file, which holds nothing else.]:FILE:_files' \
        '*'--scope='[Ask for this scope.]:SCOPE:' \
        '*'--resource='[Ask for tokens for this address.]:URL:' \
        '(--flow)'--flow='[A browser here (code), a browser elsewhere (device), or no user (client).]:FLOW:(code device client)' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::NAME:'
}

_plexctl_auth_logout() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::NAME:'
}

_plexctl_auth_rekey() {
    _arguments -s -S \
        '(--to)'--to='[Where the master key is to come from afterwards.]:PLACE:(environment key-file passphrase systemd)' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_auth_import() {
    _arguments -s -S \
        '(--replace)'--replace'[Replace what is stored already.]' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::FILE:_files'
}

_plexctl_auth_backup() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::FILE:_files'
}

_plexctl_auth_status() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_mcp() {
    local context state state_descr line curcontext="$curcontext"
    local -a commands
    typeset -A opt_args
    _arguments -C -s -S \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '1: :->command' \
        '*:: :->rest'
    case $state in
    command)
        commands=(
            'servers:List the configured servers; none is started.'
            'tools:List the tools of servers, each as SERVER__TOOL.'
            'call:Call a tool and print what it gives back.'
            'check:Connect to servers and report version, tools and time taken, or what is wrong and what to do.'
            'login:Log in to a server over HTTP that has a login in the configuration; the store keeps it.'
            'serve:Be one MCP server in front of all that are configured, on standard input and output.'
            'new:Make a small MCP server project to begin with.'
        )
        _describe command commands
        ;;
    rest)
        case $line[1] in
        servers) _plexctl_mcp_servers ;;
        tools) _plexctl_mcp_tools ;;
        call) _plexctl_mcp_call ;;
        check) _plexctl_mcp_check ;;
        login) _plexctl_mcp_login ;;
        serve) _plexctl_mcp_serve ;;
        new) _plexctl_mcp_new ;;
        esac
        ;;
    esac
}

_plexctl_mcp_servers() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_mcp_tools() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::SERVER:_plexctl_query servers'
}

_plexctl_mcp_call() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::SERVER:_plexctl_query servers' \
        '::TOOL:' \
        '::JSON:'
}

_plexctl_mcp_check() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::SERVER:_plexctl_query servers'
}

_plexctl_mcp_login() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::SERVER:_plexctl_query servers'
}

_plexctl_mcp_serve() {
    _arguments -s -S \
        '(--lean)'--lean'[Offer three tools to find and call all others by, instead of the whole list.]' \
        '*'--allow='[Offer only what fits a pattern with * and ?, as SERVER__TOOL.]:PATTERN:' \
        '*'--deny='[Do not offer what fits a pattern, whatever is allowed.]:PATTERN:' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_mcp_new() {
    _arguments -s -S \
        '(--template)'--template='[The language of the project\: python, which it is if this is not given, or swift.]:LANGUAGE:(python swift)' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::NAME:'
}

_plexctl_route() {
    local context state state_descr line curcontext="$curcontext"
    local -a commands
    typeset -A opt_args
    _arguments -C -s -S \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '1: :->command' \
        '*:: :->rest'
    case $state in
    command)
        commands=(
            'explain:Tell what a model'\''s name means, who would be asked in which order, and who not and why.'
            'simulate:Play a scenario in virtual time: described providers, what goes wrong, and thousands of callers.'
        )
        _describe command commands
        ;;
    rest)
        case $line[1] in
        explain) _plexctl_route_explain ;;
        simulate) _plexctl_route_simulate ;;
        esac
        ;;
    esac
}

_plexctl_route_explain() {
    _arguments -s -S \
        '(--needs)'--needs='[What the model has to be able to do, with commas between\: tools, vision, json_schema, reasoning and so on.]:FEATURES:' \
        '(--tokens)'--tokens='[The tokens of the prompt.]:COUNT:' \
        '(--health)'--health='[What is held against whom\: a gateway'\''s answer to GET /_internal/routes, or its file of routing.state; '\''-'\'' reads standard input.]:FILE:_files' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::MODEL:_plexctl_query models'
}

_plexctl_route_simulate() {
    _arguments -s -S \
        '(--seed)'--seed='[Begin chance with this, not with the scenario'\''s.]:NUMBER:' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::SCENARIO:_files'
}

_plexctl_providers() {
    local context state state_descr line curcontext="$curcontext"
    local -a commands
    typeset -A opt_args
    _arguments -C -s -S \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '1: :->command' \
        '*:: :->rest'
    case $state in
    command)
        commands=(
            'list:List the providers in the order in which they are asked.'
            'test:Ask providers for their models and report time taken, or what is wrong and what to do.'
            'reset:Let a running gateway ask providers again at once that it leaves alone.'
        )
        _describe command commands
        ;;
    rest)
        case $line[1] in
        list) _plexctl_providers_list ;;
        test) _plexctl_providers_test ;;
        reset) _plexctl_providers_reset ;;
        esac
        ;;
    esac
}

_plexctl_providers_list() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_providers_test() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::NAME:_plexctl_query providers'
}

_plexctl_providers_reset() {
    _arguments -s -S \
        '(-s --socket)'{-s+,--socket=}'[Tell the gateway at this Unix socket.]:PATH:_files' \
        '(--server)'--server='[Tell the gateway there (http\://... or unix\:PATH) instead of the configured one.]:URL:' \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::NAME:_plexctl_query providers'
}

_plexctl_config() {
    local context state state_descr line curcontext="$curcontext"
    local -a commands
    typeset -A opt_args
    _arguments -C -s -S \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '1: :->command' \
        '*:: :->rest'
    case $state in
    command)
        commands=(
            'check:Read the configuration and report every mistake with its place.'
            'show:Print the configuration as it is understood, without any secret.'
            'explain:Tell what a key of the configuration means, and its value in effect.'
            'path:Print the path of the configuration file in use.'
            'convert:Print the configuration file in another format.'
            'import-litellm:Print a LiteLLM proxy'\''s configuration as one of ours.'
        )
        _describe command commands
        ;;
    rest)
        case $line[1] in
        check) _plexctl_config_check ;;
        show) _plexctl_config_show ;;
        explain) _plexctl_config_explain ;;
        path) _plexctl_config_path ;;
        convert) _plexctl_config_convert ;;
        import-litellm) _plexctl_config_import-litellm ;;
        esac
        ;;
    esac
}

_plexctl_config_check() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_config_show() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_config_explain() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::KEY:_plexctl_query keys'
}

_plexctl_config_path() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_config_convert() {
    _arguments -s -S \
        '(--to)'--to='[The format to convert to.]:FORMAT:(toml yaml json)' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

_plexctl_config_import-litellm() {
    _arguments -s -S \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::FILE:_files'
}

_plexctl_completions() {
    _arguments -s -S \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '::SHELL:(bash zsh fish)'
}

_plexctl_help() {
    _arguments -s -S \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]' \
        '*::COMMAND:_plexctl_topics'
}

_plexctl_version() {
    _arguments -s -S \
        '(--json)'--json'[Print one JSON object.]' \
        '(-c --config)'{-c+,--config=}'[Read this configuration instead of $PLEX_CONFIG, ./config.toml or the user'\''s own.]:FILE:_files' \
        '(--env-file)'--env-file='[Read variables from this file; those of the environment win.]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show this help.]'
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _plexctl "$@"
else
    compdef _plexctl plexctl
fi
