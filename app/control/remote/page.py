"""The page: one file that ships, and the answers to everything a browser may ask for. Main thread.

There is nothing else to fetch: a path is compared, never opened.
"""

import base64
import functools
import hashlib
import re
from email.utils import formatdate

from websockets.datastructures import Headers
from websockets.http11 import Response

from app import paths
from app.problems import UserError

PAGE, SOCKET = "/", "/socket"
_NOTHING_ELSE = "base-uri 'none'; form-action 'none'"


@functools.cache
def _page() -> tuple[bytes, str]:
    """Return the page and the policy that lets its own script and style run, and no other."""
    file = paths.shipped("assets", "remote", "index.html")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file}: the remote's page cannot be read: {error.strerror}; install Clavilux again") from None
    script, style = (_digest(data, tag) for tag in (b"script", b"style"))
    return data, f"default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:"


def _digest(page: bytes, tag: bytes) -> str:
    """Return the digest of the one inline script or style, as a Content-Security-Policy names it."""
    found = re.search(b"<%b>(.*?)</%b>" % (tag, tag), page, re.DOTALL)
    inside = found[1] if found else b""
    return f"sha256-{base64.b64encode(hashlib.sha256(inside).digest()).decode()}"


def response(host: str) -> Response:
    """Return the page for a browser that reached us as `host`; it may talk to nobody but us, and lie in no frame."""
    body, policy = _page()
    headers = Headers(
        [
            ("Date", formatdate(usegmt=True)),
            ("Connection", "close"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            (
                "Content-Security-Policy",
                f"{policy}; connect-src 'self' ws://{host}; frame-ancestors 'none'; {_NOTHING_ELSE}",
            ),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
    )
    return Response(200, "OK", headers, body)
