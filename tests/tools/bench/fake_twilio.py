"""Stands in for Twilio's REST API: accepts every call with the whole resource, and counts the connections made to it.

Source: docs/voice/api/call-resource. `GET /connections` tells the count.
"""

import asyncio
import json
import secrets
import sys

RESOURCE = {
    "account_sid": "AC" + "0" * 32,
    "annotation": None,
    "answered_by": None,
    "api_version": "2010-04-01",
    "caller_name": None,
    "date_created": "Tue, 31 Aug 2010 20:36:28 +0000",
    "date_updated": "Tue, 31 Aug 2010 20:36:28 +0000",
    "direction": "outbound-api",
    "duration": None,
    "end_time": None,
    "forwarded_from": None,
    "from": "+15005550006",
    "from_formatted": "(500) 555-0006",
    "group_sid": None,
    "parent_call_sid": None,
    "phone_number_sid": None,
    "price": None,
    "price_unit": "USD",
    "queue_time": "0",
    "start_time": None,
    "status": "queued",
    "subresource_uris": {"recordings": "/2010-04-01/Accounts/AC/Calls/CA/Recordings.json"},
    "to": "+14155551212",
    "to_formatted": "(415) 555-1212",
    "trunk_sid": None,
    "uri": "/2010-04-01/Accounts/AC/Calls/CA.json",
}


class Connection(asyncio.Protocol):
    """One connection of a client."""

    made = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.came = b""
        self.is_counted = False

    def data_received(self, data: bytes) -> None:
        self.came += data
        head, found, body = self.came.partition(b"\r\n\r\n")
        _, _, length = head.lower().partition(b"content-length:")
        if not found or len(body) < int(length.split(b"\r\n", 1)[0] or 0):
            return
        self.came = b""
        if head.startswith(b"POST"):
            Connection.made += not self.is_counted
            self.is_counted = True
            self._answer(b"201 Created", RESOURCE | {"sid": f"CA{secrets.token_hex(16)}"})
        else:
            self._answer(b"200 OK", {"connections": Connection.made})

    def _answer(self, status: bytes, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self.transport.write(head + body)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
