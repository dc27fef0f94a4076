"""The ports with certificates and tokens: who gets in, as a program with gRPC and with the verbs, and what is replaced on the disk while it runs."""
import base64
import json
import os
import re
import secrets
import ssl
import subprocess
import unittest
import urllib.error
import urllib.request

import grpc
import harness
from withdraw_test import story

CODES = grpc.StatusCode


class Authority:
    """Signs certificates for this machine."""

    def __init__(self, folder):
        folder.mkdir()
        self.certificate = folder / "ca.crt"
        self.key = folder / "ca.key"
        self._request(self.key, self.certificate, "authority")

    @staticmethod
    def _request(key, certificate, name, *arguments):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                        "-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={name}", *arguments], check=True, capture_output=True)

    def issue(self, folder, name="sluice", names="IP:127.0.0.1,DNS:localhost"):
        """folder/tls.crt and folder/tls.key, put there as Kubernetes does: a link that moves."""
        folder.mkdir(exist_ok=True)
        version = folder / secrets.token_hex(4)
        version.mkdir()
        self._request(version / "tls.key", version / "tls.crt", name, "-CA", str(self.certificate), "-CAkey", str(self.key),
                      "-addext", f"subjectAltName={names}", "-addext", "basicConstraints=critical,CA:FALSE")
        link = folder / "next"
        link.symlink_to(version.name)
        os.replace(link, folder / "current")
        return folder / "current"


def replace_file(path, text):
    path.with_suffix(".new").write_text(text)
    os.replace(path.with_suffix(".new"), path)


class SecurityTest(harness.Case):
    def setUp(self):
        super().setUp()
        harness.python_protos()
        self.authority = Authority(self.folder / "authority")
        self.server = self.authority.issue(self.folder / "server")
        self.tokens = {scope: secrets.token_hex(32) for scope in ("read", "submit", "admin")}
        self.files = {}
        for scope, token in self.tokens.items():
            self.files[scope] = self.folder / f"{scope}.token"
            self.files[scope].write_text(f"# of {scope}\n{token}\n")

    def tls(self, **more):
        return {"certificate": str(self.server / "tls.crt"), "key": str(self.server / "tls.key"), **more}

    def all_tokens(self):
        """One of each kind of source."""
        return {"read_file": str(self.files["read"]), "submit": [f"${{file:{self.files['submit']}.bare}}"], "admin": ["${env:ADMIN_TOKEN}"]}

    def start(self, tls=None, http=None, arguments=()):
        (self.folder / "submit.token.bare").write_text(self.tokens["submit"] + "\n")
        config = self.embedded(fetch=self.fetch_config(), grpc={"tokens": self.all_tokens(), **({"tls": tls} if tls else {})}, http=http or {})
        os.environ["ADMIN_TOKEN"] = self.tokens["admin"]
        self.addCleanup(os.environ.pop, "ADMIN_TOKEN", None)
        return self.serve(config, arguments=arguments, ready=not (http or {}).get("tls"))

    def channel(self, process, authority=None, own=None):
        """A connection of its own; without an authority in plain text."""
        options = [("grpc.use_local_subchannel_pool", 1)]
        if authority is None:
            channel = grpc.insecure_channel(process.grpc, options)
        else:
            read = lambda path: path.read_bytes()
            own = own and (read(own / "tls.key"), read(own / "tls.crt"))
            channel = grpc.secure_channel(process.grpc, grpc.ssl_channel_credentials(read(authority.certificate), *(own or ())), options)
        self.addCleanup(channel.close)
        return channel

    def code(self, channel, method, token=None, request=b""):
        """The status of a call whose request is empty."""
        try:
            channel.unary_unary(method)(request, timeout=20, metadata=[("authorization", f"Bearer {token}")] if token else None)
        except grpc.RpcError as error:
            self.details = error.details()
            return error.code()
        return CODES.OK

    def new_code(self, process, authority, method, token, own=None):
        """The same over a connection that ends with it: others would go on trying."""
        channel = self.channel(process, authority, own)
        try:
            return self.code(channel, method, token)
        finally:
            channel.close()

    def test_each_method_asks_for_its_scope_over_reflection_too(self):
        process = self.start(self.tls())
        channel = self.channel(process, self.authority)
        self.assertEqual(self.code(channel, "/grpc.health.v1.Health/Check"), CODES.OK)
        # Every method of every service of ours: without a token nothing is told but that one is wanted.
        methods = [f"/sluice.service.v1.{service}/{method}" for path in (harness.ROOT / "proto/sluice/service/v1").glob("*.proto")
                   for service, body in re.findall(r"^service (\w+) \{(.*?)^\}", path.read_text(), re.M | re.S)
                   for method in re.findall(r"rpc (\w+)", body)]
        self.assertGreater(len(methods), 15)
        reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
        table = (harness.ROOT / "services/sluice/method_scopes.cc").read_text()
        scopes = {name: scope.lower() for name, scope in re.findall(r'\{"(/[\w./]+)", Scope::k(\w+)\}', table)}
        rank = ["read", "submit", "admin"]
        for method in [*methods, reflection]:
            self.assertIn(method, scopes)
            needed = rank.index(scopes[method])
            self.assertEqual(self.code(channel, method), CODES.UNAUTHENTICATED, method)
            self.assertIn(f"scope {rank[needed]}", self.details)
            self.assertEqual(self.code(channel, method, secrets.token_hex(32)), CODES.UNAUTHENTICATED, method)
            for lesser in rank[:needed]:
                self.assertEqual(self.code(channel, method, self.tokens[lesser]), CODES.PERMISSION_DENIED, method)
            if method.endswith(("/Drain", "/Pause", "/Subscribe", "/ServerReflectionInfo")):
                continue
            for enough in rank[needed:]:
                self.assertNotIn(self.code(channel, method, self.tokens[enough]), (CODES.UNAUTHENTICATED, CODES.PERMISSION_DENIED), method)
        self.assertEqual(self.code(channel, "/sluice.service.v1.FeedService/NotThere", self.tokens["submit"]), CODES.PERMISSION_DENIED)
        self.assertEqual(self.code(channel, "/sluice.service.v1.FeedService/NotThere", self.tokens["admin"]), CODES.UNIMPLEMENTED)
        metrics = process.http("/metrics")[1]
        for reason in ("no_token", "unknown_token", "scope"):
            self.assertRegex(metrics, rf'sluice_calls_refused_total\{{reason="{reason}"\}} [1-9]')

    def test_the_verbs_go_through_tls_with_tokens(self):
        process = self.start(self.tls())
        trust = ["--ca", str(self.authority.certificate)]
        page = self.folder / "page.html"
        page.write_text(story(1)[1])

        def verb(*arguments, scope=None, check=True, trust=trust, **env):
            token = ["--token-file", str(self.files[scope])] if scope else []
            return harness.run(arguments[0], "--address", process.grpc, *trust, *token, *arguments[1:], check=check,
                               env={**os.environ, **env})

        submit = ("submit", "--page", str(page), "--url", "https://news.example/1")
        refused = verb(*submit, scope="read", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("needs a token of scope submit, and the one that was sent has scope read", refused.stderr)
        identity = verb(*submit, SLUICE_TOKEN=self.tokens["submit"]).stdout.split()[0]

        def published():
            done = verb("explain", identity, "--format", "json", scope="read", check=False)
            return done.returncode == 0 and json.loads(done.stdout)["outcomes"][-1]["stage"] == "classify-relevance"
        harness.wait_for(published, "the page's end")
        items = verb("tail", "--from", "beginning", "--limit", "1", "--idle-exit", "30s", "--format", "jsonl", scope="read").stdout
        self.assertEqual(json.loads(items)["url"], "https://news.example/1")
        self.assertEqual(verb("sources", scope="admin").returncode, 0)
        lacking = verb("tail", "--no-follow", check=False)
        self.assertIn("--token-file FILE, or SLUICE_TOKEN", lacking.stderr)
        other = Authority(self.folder / "other")
        strange = verb("sources", scope="admin", check=False, trust=["--ca", str(other.certificate)])
        self.assertIn("no TLS with", strange.stderr)
        self.assertIn("certificate verify failed", strange.stderr)
        plain = verb("sources", scope="admin", check=False, trust=[])
        self.assertIn("without TLS", plain.stderr)
        for output in (process.log.read_text(), refused.stderr, lacking.stderr, strange.stderr):
            for token in self.tokens.values():
                self.assertNotIn(token, output)

    def test_only_clients_of_the_authority_get_in_with_mutual_tls(self):
        process = self.start(self.tls(client_ca=str(self.authority.certificate)))
        method, token = "/sluice.service.v1.FeedService/List", self.tokens["read"]
        own = self.authority.issue(self.folder / "client", "client")
        self.assertEqual(self.code(self.channel(process, self.authority, own), method, token), CODES.OK)
        self.assertEqual(self.code(self.channel(process, self.authority, own), method), CODES.UNAUTHENTICATED)
        self.assertEqual(self.new_code(process, self.authority, method, token), CODES.UNAVAILABLE)
        strange = Authority(self.folder / "other").issue(self.folder / "stranger", "client")
        self.assertEqual(self.new_code(process, self.authority, method, token, strange), CODES.UNAVAILABLE)
        done = harness.run("tail", "--address", process.grpc, "--ca", self.authority.certificate, "--cert", own / "tls.crt", "--key", own / "tls.key",
                           "--token-file", self.files["read"], "--no-follow")
        self.assertEqual(done.returncode, 0)

    def test_certificates_and_tokens_are_replaced_while_it_runs(self):
        process = self.start(self.tls())
        method = "/sluice.service.v1.FeedService/List"
        old = self.tokens["read"]
        self.assertEqual(self.code(self.channel(process, self.authority), method, old), CODES.OK)
        open_stream = self.subscribe(self.channel(process, self.authority), old)
        renewed = Authority(self.folder / "renewed")
        renewed.issue(self.folder / "server")
        harness.wait_for(lambda: self.new_code(process, renewed, method, old) == CODES.OK, "the new certificate", interval=0.5)
        self.assertEqual(self.new_code(process, self.authority, method, old), CODES.UNAVAILABLE)

        new = secrets.token_hex(32)
        channel = self.channel(process, renewed)
        replace_file(self.files["read"], f"{new}\n{old}\n")
        harness.wait_for(lambda: self.code(channel, method, new) == CODES.OK, "the new token", interval=0.5)
        self.assertEqual(self.code(channel, method, old), CODES.OK)
        replace_file(self.files["read"], f"{new}\n")
        harness.wait_for(lambda: self.code(channel, method, old) == CODES.UNAUTHENTICATED, "the old token's end", interval=0.5)
        replace_file(self.files["read"], "short\n")
        harness.wait_for(lambda: "tokens.kept" in process.log.read_text(), "a word about the file")
        self.assertEqual(self.code(channel, method, new), CODES.OK)
        self.assertIn("tokens.changed", process.log.read_text())
        # What was open goes on: the connection's age ends it.
        self.assertTrue(open_stream.is_active())
        open_stream.cancel()

    def subscribe(self, channel, token):
        from sluice.service.v1 import feed_pb2, feed_pb2_grpc
        stream = feed_pb2_grpc.FeedServiceStub(channel).Subscribe(feed_pb2.SubscribeRequest(), metadata=[("authorization", f"Bearer {token}")])
        self.assertTrue(list(stream.initial_metadata()))
        return stream

    def test_a_stream_is_refused_as_a_call_is(self):
        from sluice.service.v1 import feed_pb2, feed_pb2_grpc
        process = self.start()
        stub = feed_pb2_grpc.FeedServiceStub(self.channel(process))
        with self.assertRaises(grpc.RpcError) as refused:
            next(stub.Subscribe(feed_pb2.SubscribeRequest(beginning=True), timeout=20))
        self.assertEqual(refused.exception.code(), CODES.UNAUTHENTICATED)
        self.subscribe(self.channel(process), self.tokens["read"]).cancel()

    def test_the_page_and_feeds_ask_for_a_token_and_metrics_do_not(self):
        process = self.start(http={"tls": self.tls()})
        trust = ssl.create_default_context(cafile=self.authority.certificate)

        def get(path, authorization=None):
            request = urllib.request.Request(f"https://{process.addresses['http']}{path}", headers={"Authorization": authorization} if authorization else {})
            try:
                with urllib.request.urlopen(request, timeout=10, context=trust) as answer:
                    return answer.status, answer.read().decode(), answer.headers
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode(), error.headers

        harness.wait_for(lambda: get("/readyz")[0] == 200, "it is ready")
        for path in ("/metrics", "/livez", "/readyz"):
            self.assertEqual(get(path)[0], 200)
        basic = base64.b64encode(f"me:{self.tokens['read']}".encode()).decode()
        for path in ("/", "/feed.atom", "/feed.json", "/live.js", "/live.css"):
            status, body, headers = get(path)
            self.assertEqual((status, headers["WWW-Authenticate"].split()[0]), (401, "Basic"))
            self.assertIn("token of scope read", body)
            self.assertEqual(get(path, "Bearer " + self.tokens["read"])[0], 200)
            self.assertEqual(get(path, "Basic " + basic)[0], 200)
        expiry = re.search(r'expiry_timestamp_seconds\{port="http"\} (\S+)', get("/metrics")[1])
        self.assertGreater(float(expiry.group(1)), 1.7e9)
        self.assertNotIn("Authorization", process.log.read_text())

    def test_what_is_open_beyond_the_machine_is_told_at_the_start(self):
        process = self.serve(self.embedded(fetch=self.fetch_config()), arguments=["--set", "grpc.admin_listen=0.0.0.0:0"])
        self.assertRegex(process.log.read_text(), "warning serve.open .*grpc.admin_listen 0.0.0.0:0 .*set grpc.tls and grpc.tokens")


class ConfigTest(harness.Case):
    def check(self, **sections):
        path = self.folder / "sluice.json"
        path.write_text(json.dumps(self.embedded(fetch=self.fetch_config(), **sections)))
        return harness.run("config", "check", path, check=False)

    def test_mistakes_are_named_and_tokens_never_printed(self):
        outside = {"listen": "0.0.0.0:7070", "admin_listen": "127.0.0.1:7072"}
        secret = "not-a-secret-anymore"
        for grpc_section, http, words in [
                ({"tokens": {"read": [secret]}}, {}, "grpc.tokens.read[0]: a token has 20 characters"),
                ({"tokens": {"read": [secret * 2 + " "]}}, {}, "other characters"),
                ({**outside, "tokens": {"read": [secret * 2]}}, {}, "plain text at grpc.listen 0.0.0.0:7070"),
                ({"tokens": {"read": [secret * 2]}}, {"listen": "0.0.0.0:7071"}, "plain text at http.listen 0.0.0.0:7071"),
                ({"tls": {"certificate": "/no/such", "key": "/no/such"}}, {}, "grpc.tls: /no/such cannot be read"),
                ({"tls": {"certificat": "x"}}, {}, "did you mean certificate?"),
                ({"tokens": {}}, {}, "grpc.tokens has no token")]:
            done = self.check(grpc=grpc_section, http=http)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(words, done.stderr)
            self.assertNotIn(secret, done.stderr + done.stdout)
        self.assertEqual(self.check(grpc={"tokens": {"read": [secret * 2]}}).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
