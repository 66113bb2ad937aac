"""An SMTP server that keeps each message it takes in a file: mail_server.py FOLDER [TLS-CERTIFICATE TLS-KEY [smtps]]

Refuses recipients at refused.example.com. With a certificate it takes nothing without TLS, which it offers by STARTTLS, or
demands from the first byte (smtps), nor without a login: ana, and the password "wavetrain".
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder = sys.argv[1]
taken = 0


class Keeper:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example.com"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global taken
        taken += 1
        fields = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "message": envelope.content.decode(),
            "tls": server.transport.get_extra_info("sslcontext") is not None,
        }
        with open(f"{folder}/message-{taken}.json", "w") as file:
            json.dump(fields, file)
        return "250 taken"


def login(server, session, envelope, mechanism, data):
    is_right = (data.login, data.password) == (b"ana", b"wavetrain")
    return AuthResult(success=is_right, handled=is_right)


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    is_wrapped = "smtps" in sys.argv[4:]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            Keeper(),
            tls_context=None if is_wrapped else context,
            require_starttls=context is not None and not is_wrapped,
            authenticator=login,
            auth_required=context is not None,
            auth_require_tls=not is_wrapped,
        ), "127.0.0.1", 0, ssl=context if is_wrapped else None
    )
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
