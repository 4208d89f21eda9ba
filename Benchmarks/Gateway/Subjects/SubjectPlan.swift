import FoundationEssentials
import TransportKit

/// How to start a gateway that is to be measured, and how to reach it.
struct SubjectPlan: Sendable {
    /// What the gateway is called in the report.
    let name: String
    /// The program and its arguments; `{config}`, `{port}`, `{socket}` and `{upstream}` stand for what a start is given.
    let command: [String]
    /// The text of its configuration file, with the same placeholders.
    let configuration: String
    /// How the file's name ends.
    let configurationSuffix: String
    /// Whether the mock's behaviour is in the path that is asked for; else the model says it.
    let isPathForwarded: Bool
    /// Whether it listens at a Unix socket too.
    var hasSocket = true
    /// How long it may take to start.
    var patience = Duration.seconds(10)

    /// What the mock is asked for during a run.
    static let behaviours: [MockBehaviour] = [
        .plain, .hold, .silent, .pacedStream, .burst, .tokens,
    ]

    func path(_ behaviour: MockBehaviour) -> String {
        isPathForwarded ? "/\(behaviour.name)/v1/chat/completions" : "/v1/chat/completions"
    }

    /// `plexctl serve`, or another command that takes the same file.
    static func plexctl(_ command: [String]) -> SubjectPlan {
        let providers = behaviours.map { behaviour in
            """
            [[providers]]
            name = "\(behaviour.name)"
            type = "openai"
            base_url = "http://127.0.0.1:{upstream}/\(behaviour.name)/v1"
            api_key = "k"
            models = ["\(behaviour.name)"]

            """
        }
        return SubjectPlan(
            name: "gateway",
            command: command,
            // nginx writes no access log either.
            configuration: "[server]\naccess_log = false\n\n" + providers.joined(separator: "\n"),
            configurationSuffix: ".toml",
            isPathForwarded: false
        )
    }

    /// LiteLLM's proxy with its own defaults: one worker.
    static func litellm(_ program: String) -> SubjectPlan {
        let models = behaviours.map { behaviour in
            """
              - model_name: \(behaviour.name)
                litellm_params:
                  model: openai/\(behaviour.name)
                  api_base: http://127.0.0.1:{upstream}/\(behaviour.name)/v1
                  api_key: k

            """
        }
        return SubjectPlan(
            name: "litellm",
            // Without this it starts only with a key of its own, which each request would have to bring.
            command: [
                "env", "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true", program, "--config", "{config}",
                "--host", "127.0.0.1", "--port", "{port}",
            ],
            configuration: "model_list:\n" + models.joined(),
            configurationSuffix: ".yaml",
            isPathForwarded: false,
            hasSocket: false,
            patience: .seconds(120)
        )
    }

    /// nginx as a plain reverse proxy.
    static func nginx(_ program: String, name: String = "nginx") -> SubjectPlan {
        SubjectPlan(
            name: name,
            command: [program, "-e", "stderr", "-p", "{directory}", "-c", "{config}"],
            configuration: """
                \(ProcessTree.isRoot ? "user root;" : "")
                daemon off;
                worker_processes 2;
                worker_rlimit_nofile 16384;
                pid {directory}/nginx-{port}.pid;
                events { worker_connections 8192; }
                http {
                    access_log off;
                    client_body_temp_path {directory}/body;
                    proxy_temp_path {directory}/proxy;
                    fastcgi_temp_path {directory}/fastcgi;
                    uwsgi_temp_path {directory}/uwsgi;
                    scgi_temp_path {directory}/scgi;
                    keepalive_requests 1000000000;
                    keepalive_timeout 600s;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_read_timeout 600s;
                    upstream mock {
                        server 127.0.0.1:{upstream};
                        keepalive 128;
                        keepalive_requests 1000000000;
                        keepalive_timeout 600s;
                    }
                    server {
                        listen 127.0.0.1:{port} backlog=4096;
                        listen unix:{socket} backlog=4096;
                        location / { proxy_pass http://mock; proxy_buffering off; }
                        location /plain/ { proxy_pass http://mock; }
                    }
                }
                """,
            configurationSuffix: ".conf",
            isPathForwarded: true
        )
    }
}

extension MockBehaviour {
    /// A chunk every 10 ms, for longer than a measurement takes.
    static let pacedStream = MockBehaviour.stream(chunks: 100_000, pauseMilliseconds: 10)
    /// Chunks that come all at once.
    static let burst = MockBehaviour.stream(chunks: 200, pauseMilliseconds: 0)
    /// A short answer, a chunk every 10 ms.
    static let tokens = MockBehaviour.stream(chunks: 10, pauseMilliseconds: 10)
}
