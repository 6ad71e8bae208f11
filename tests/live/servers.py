"""Servers that people learn with: web, FTP with and without TLS, mail that is handed in, and a socket. Ends when it is
killed. Arguments: a directory with cert.pem and key.pem, where files are kept; the address to listen on."""

import http.server
import os
import socket
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

FOLDER, ADDRESS = sys.argv[1], sys.argv[2]


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, body):
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        found = self.path == "/hello"
        self.answer(200 if found else 404, "안녕하세요\n".encode() if found else b"no\n")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, b"done\n")

    def do_PUT(self):
        self.do_POST()

    def do_DELETE(self):
        self.answer(200, b"gone\n")

    def log_message(self, *_):
        pass


class Six(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


def ftp(port, handler):
    users = DummyAuthorizer()
    os.makedirs(os.path.join(FOLDER, "ftp"), exist_ok=True)
    users.add_user("kim", "s3cret-ftp", os.path.join(FOLDER, "ftp"), perm="elradfmw")
    handler.authorizer = users
    return FTPServer((ADDRESS, port), handler)


def greet():
    """A server as of a first lesson: one line for each line."""
    listening = socket.create_server((ADDRESS, 7007))
    while True:
        connection, _ = listening.accept()
        with connection, connection.makefile("rw", newline="\n") as lines:
            for line in lines:
                lines.write("Hello, " + line)
                lines.flush()


def main():
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(os.path.join(FOLDER, "cert.pem"), os.path.join(FOLDER, "key.pem"))

    class Plain(FTPHandler):
        pass

    class Encrypted(TLS_FTPHandler):
        certfile = os.path.join(FOLDER, "cert.pem")
        keyfile = os.path.join(FOLDER, "key.pem")

    # One of them runs the loop of both.
    plain, encrypted = ftp(21, Plain), ftp(2121, Encrypted)
    mail = Controller(
        Sink(),
        hostname=ADDRESS,
        port=587,
        tls_context=tls,
        require_starttls=True,
        auth_required=True,
        authenticator=lambda *_: AuthResult(success=True),
    )
    mail.start()
    for server in (http.server.ThreadingHTTPServer((ADDRESS, 80), Web), Six(("fd00::2", 80), Web)):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=greet, daemon=True).start()
    assert plain.ioloop is encrypted.ioloop
    plain.serve_forever()


main()
