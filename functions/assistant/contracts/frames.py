"""Thrift's framed transport over asyncio's streams, with a bound on what a frame may hold.

Source: thrift/doc/specs/thrift-rpc.md, "Framed vs. unframed transport": four bytes of length, big
endian, then the message.
"""

import asyncio
import struct
from io import BytesIO

from thriftpy2.transport import TTransportException

from assistant.domain.ports import MAX_BYTES, TooLarge

MAX_FRAME = MAX_BYTES + 64 * 1024
"""The largest message: `MAX_BYTES` and what is said beside it."""
_HEAD = 200
"""Bytes that surely hold a message's name, type and sequence number."""


class FrameTooLarge(TooLarge):
    """A frame announced itself as larger than `MAX_FRAME`; only its head has been read."""


class Frames:
    """One connection's frames: a message is read whole, and written whole by `flush`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._incoming = BytesIO()
        self._outgoing = bytearray()
        self._unread = 0

    async def read(self, size: int) -> bytes:
        """So many bytes of the present message, or of the next where there is none.

        Raises:
            TTransportException: the other side is gone.
            FrameTooLarge: the next message is larger than `MAX_FRAME`; its first bytes can be read.
        """
        if size == 0:
            return b""
        piece = self._incoming.read(size)
        if not piece:
            await self._next_frame()
            piece = self._incoming.read(size)
        if len(piece) < size:
            raise TTransportException(
                type=TTransportException.END_OF_FILE, message="a message ended too early"
            )
        return piece

    async def _next_frame(self) -> None:
        length = int(struct.unpack("!i", await self._exactly(4))[0])
        if not 0 < length <= MAX_FRAME:
            head = await self._exactly(min(max(length, 0), _HEAD))
            self._incoming, self._unread = BytesIO(head), max(length - len(head), 0)
            raise FrameTooLarge(f"a message of {length} bytes; at most {MAX_FRAME} are taken")
        self._incoming = BytesIO(await self._exactly(length))

    async def _exactly(self, size: int) -> bytes:
        try:
            return await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise TTransportException(
                type=TTransportException.END_OF_FILE, message="the connection ended"
            ) from error

    async def drop_frame(self) -> None:
        """Read and forget the rest of a frame that was too large, so that an answer is heard."""
        while self._unread > 0:
            piece = await self._reader.read(min(self._unread, 1 << 20))
            if not piece:
                return
            self._unread -= len(piece)

    def write(self, data: bytes) -> None:
        """Add to the message that `flush` sends."""
        self._outgoing += data

    async def flush(self) -> None:
        """Send what was written as one frame."""
        frame, self._outgoing = self._outgoing, bytearray()
        self._writer.write(struct.pack("!i", len(frame)) + frame)
        await self._writer.drain()

    def is_open(self) -> bool:
        """Whether neither side has closed the connection."""
        return not self._writer.is_closing() and not self._reader.at_eof()

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()
