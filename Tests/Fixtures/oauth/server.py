"""An authorization server on loopback for the tests, made of authlib; its tokens are signed by joserfc.

It prints its address and serves until its input ends. `POST /_set` changes how it behaves, `GET /_state` tells what it did.
"""

import json
import os
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, JsonRequest, OAuth2Error, OAuth2Request, grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
METHODS = ["client_secret_basic", "client_secret_post", "none"]
KEYS = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig", "alg": "EdDSA"}),
}

lock = threading.RLock()
settings = {"lifetime": 3600, "rotates": True, "code_lifetime": 60, "answer": "allow", "algorithm": "EdDSA", "delay": 0}
asked = {}  # grant type or path -> how often
last = {}  # the last form of each grant type
clients, codes, tokens, devices = {}, {}, [], {}


class Client(ClientMixin):
    def __init__(self, client_id, secret, method, grant_types):
        self.client_id, self.secret, self.method, self.grant_types = client_id, secret, method, grant_types

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return " ".join(word for word in (scope or "").split() if word != "forbidden")

    def check_redirect_uri(self, uri):
        parts = urlsplit(uri)  # RFC 8252: any port of the loopback address
        return parts.scheme == "http" and parts.hostname == "127.0.0.1" and parts.path == "/callback"

    def check_client_secret(self, secret):
        return secrets.compare_digest(self.secret.encode(), secret.encode())

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.method

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


USER_GRANTS = ["authorization_code", "refresh_token", DEVICE, EXCHANGE]
for client in [
    Client("public", "", "none", USER_GRANTS),
    Client("basic:client", "canary-client secret/ü", "client_secret_basic", ["client_credentials", EXCHANGE]),
    Client("post", "canary-post-secret", "client_secret_post", ["client_credentials", *USER_GRANTS]),
]:
    clients[client.client_id] = client


class Record:
    """A code, token or device code: what authlib's mixins ask for."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_client_id(self):
        return self.client_id

    def get_user_code(self):
        return self.user_code

    def check_client(self, client):
        return self.client_id == client.client_id

    def is_expired(self):
        return self.expires < time.time()


class Payload(BasicOAuth2Payload):
    def __init__(self, lists):
        super().__init__({name: values[0] for name, values in lists.items()})
        self._datalist = lists


class Request(OAuth2Request):
    def __init__(self, method, uri, body, headers):
        super().__init__(method, uri, headers=headers)
        self._args = parse_qs(urlsplit(uri).query)
        self._form = parse_qs(body, keep_blank_values=True)
        self.payload = Payload({**self._args, **self._form})

    @property
    def args(self):
        return {name: values[0] for name, values in self._args.items()}

    @property
    def form(self):
        return {name: values[0] for name, values in self._form.items()}


class Registration(JsonRequest):
    def __init__(self, method, uri, body, headers):
        super().__init__(method, uri, headers)
        self.payload = Payload({})
        self.payload._data = json.loads(body)


def access_token(client, grant_type, user, scope):
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": user or client.client_id, "aud": "models", "iat": now, "exp": now + 3600}
    claims |= {"jti": "canary-access-" + secrets.token_hex(8), "scope": scope or ""}
    key = KEYS[settings["algorithm"]]
    return jwt.encode({"alg": settings["algorithm"], "kid": key.kid}, claims, key, algorithms=[settings["algorithm"]])


def refresh_token(client, grant_type, user, scope):
    return "canary-refresh-" + secrets.token_hex(16)


class Server(AuthorizationServer):
    def __init__(self):
        super().__init__()
        self.register_token_generator(
            "default", BearerTokenGenerator(access_token, refresh_token, lambda client, grant: settings["lifetime"])
        )

    def query_client(self, client_id):
        return clients.get(client_id)

    def save_token(self, token, request):
        tokens.append(
            Record(
                client_id=request.client.client_id,
                access=token["access_token"],
                refresh=token.get("refresh_token"),
                scope=token.get("scope", ""),
                user=request.user,
                is_revoked=False,
                is_access_revoked=False,
            )
        )

    def send_signal(self, name, *args, **kwargs):
        pass

    def create_oauth2_request(self, request):
        return request

    def create_json_request(self, request):
        return request

    def handle_response(self, status, body, headers):
        return status, body, dict(headers)


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code, request):
        data = request.payload.data
        codes[code] = Record(
            code=code,
            client_id=request.client.client_id,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            user=request.user,
            expires=time.time() + settings["code_lifetime"],
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
        )

    def query_authorization_code(self, code, client):
        found = codes.get(code)
        return found if found and found.client_id == client.client_id and not found.is_expired() else None

    def delete_authorization_code(self, code):
        codes.pop(code.code, None)

    def authenticate_user(self, code):
        return code.user

    def generate_authorization_code(self):
        return "canary-code-" + secrets.token_hex(16)


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    @property
    def INCLUDE_NEW_REFRESH_TOKEN(self):
        return settings["rotates"]

    def authenticate_refresh_token(self, text):
        return next((token for token in tokens if token.refresh == text and not token.is_revoked), None)

    def authenticate_user(self, token):
        return token.user

    def revoke_old_credential(self, token):
        token.is_revoked = settings["rotates"]


class ClientGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class DeviceEndpoint(DeviceAuthorizationEndpoint):
    INTERVAL = 1

    def get_verification_uri(self):
        return ISSUER + "/device"

    def generate_device_code(self):
        return "canary-device-" + secrets.token_hex(16)

    def save_device_credential(self, client_id, scope, data):
        devices[data["device_code"]] = Record(client_id=client_id, scope=scope, expires=time.time() + 60, **{
            "user_code": data["user_code"], "questions": 0})


class DeviceGrant(DeviceCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_device_credential(self, code):
        return devices.get(code)

    def query_user_grant(self, user_code):
        device = next(device for device in devices.values() if device.user_code == user_code)
        device.questions += 1
        return ("alice", settings["answer"] == "allow") if device.questions > 2 else None

    def should_slow_down(self, device):
        return device.questions == 1


class ExchangeGrant(grants.BaseGrant, grants.TokenEndpointMixin):
    GRANT_TYPE = EXCHANGE
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self):
        self.request.client = self.authenticate_token_endpoint_client()
        subject = self.request.payload.data.get("subject_token")
        known = [token for token in tokens if token.access == subject and not token.is_access_revoked]
        if not known:
            raise InvalidRequestError(f"the token {subject} is not known")
        self.request.user = known[0].user

    def create_token_response(self):
        scope = self.request.payload.scope
        token = self.generate_token(user=self.request.user, scope=scope, include_refresh_token=False)
        token["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token"
        self.save_token(token)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, text, hint):
        return next((token for token in tokens if text in (token.access, token.refresh)), None)

    def revoke_token(self, token, request):
        token.is_access_revoked = True
        token.is_revoked = token.is_revoked or request.form["token"] == token.refresh


class RegistrationEndpoint(ClientRegistrationEndpoint):
    def authenticate_token(self, request):
        return "anybody"

    def get_server_metadata(self):
        return metadata()

    def save_client(self, info, data, request):
        client = Client(info["client_id"], info.get("client_secret", ""), data["token_endpoint_auth_method"], USER_GRANTS)
        client.client_info, client.client_metadata = info, data
        clients[client.client_id] = client
        return client


def metadata():
    return {
        "issuer": ISSUER,
        "authorization_endpoint": ISSUER + "/authorize",
        "token_endpoint": ISSUER + "/token",
        "revocation_endpoint": ISSUER + "/revoke",
        "device_authorization_endpoint": ISSUER + "/device_authorization",
        "registration_endpoint": ISSUER + "/register",
        "jwks_uri": ISSUER + "/jwks",
        "response_types_supported": ["code"],
        "grant_types_supported": ["client_credentials", *USER_GRANTS],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": METHODS,
        "authorization_response_iss_parameter_supported": True,
    }


server = Server()
server.register_grant(CodeGrant, [CodeChallenge(required=True)])
for grant in [RefreshGrant, ClientGrant, DeviceGrant, ExchangeGrant]:
    server.register_grant(grant)
for endpoint in [DeviceEndpoint, Revocation, RegistrationEndpoint]:
    server.register_endpoint(endpoint)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=None):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {"Content-Type": "application/json"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def incoming(self, kind=Request):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        return kind(self.command, f"http://{self.headers['Host']}{self.path}", body, self.headers)

    def do_GET(self):
        path = urlsplit(self.path).path
        with lock:
            asked[path] = asked.get(path, 0) + 1
            match path:
                case "/_state":
                    known = [{"revoked": token.is_revoked, "access_revoked": token.is_access_revoked} for token in tokens]
                    self.answer(200, {"asked": asked, "last": last, "tokens": known, "clients": list(clients)})
                case "/.well-known/oauth-authorization-server":
                    self.answer(200, metadata())
                case "/tenant/.well-known/openid-configuration":
                    self.answer(200, metadata() | {"issuer": ISSUER + "/tenant"})
                case "/.well-known/oauth-authorization-server/other":
                    self.answer(200, metadata())
                case "/.well-known/openid-configuration/page":
                    self.answer(200, "<html>not found</html>")
                case "/jwks":
                    self.answer(200, KeySet(list(KEYS.values())).as_dict(private=False))
                case "/authorize":
                    self.authorize()
                case _:
                    self.answer(404, {"error_page": True})

    def authorize(self):
        request = self.incoming()
        try:
            grant = server.get_consent_grant(request, "alice")
        except OAuth2Error as error:
            return self.answer(400, dict(error.get_body()))
        user = "alice" if settings["answer"] == "allow" else None
        status, body, headers = server.create_authorization_response(request, grant_user=user, grant=grant)
        if "Location" in headers:
            headers["Location"] += f"&iss={ISSUER}"
        self.answer(status, body or "", headers)

    def do_POST(self):
        if settings["delay"]:
            time.sleep(settings["delay"])
        with lock:
            match self.path:
                case "/_set":
                    settings.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                    return self.answer(200, {})
                case "/register":
                    return self.answer(*server.create_endpoint_response("client_registration", self.incoming(Registration)))
                case "/template":
                    body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                    asked["template"] = asked.get("template", 0) + 1
                    fresh = access_token(clients["public"], None, "alice", "")
                    good = body.get("ticket") == "ticket-7" and self.headers["X-Kind"] == "exchange"
                    return self.answer(200 if good else 403, {"data": [{"jwt": fresh, "ttl": settings["lifetime"]}]})
            request = self.incoming()
            kind = request.payload.grant_type or self.path
            asked[kind] = asked.get(kind, 0) + 1
            last[kind] = {name: values for name, values in request._form.items() if name in ("resource", "scope", "audience")}
            match self.path:
                case "/token":
                    self.answer(*server.create_token_response(request))
                case "/revoke":
                    self.answer(*server.create_endpoint_response("revocation", request))
                case "/device_authorization":
                    self.answer(*server.create_endpoint_response("device_authorization", request))
                case _:
                    self.answer(404, {"error_page": True})


http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
ISSUER = f"http://127.0.0.1:{http.server_address[1]}"
threading.Thread(target=http.serve_forever, daemon=True).start()
print(ISSUER, flush=True)
sys.stdin.read()
