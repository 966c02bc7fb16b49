#!/usr/bin/env python3
"""A service that thinks: answers every request after SECONDS with a small JSON. hold.py SECONDS; prints its port."""
import asyncio
import sys


async def answer(reader, writer):
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        if not head:
            break
        await asyncio.sleep(float(sys.argv[1]))
        body = b'{"status": "running"}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()


async def main():
    async def quiet(reader, writer):
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(quiet, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
