"""The control socket: takes commands from operators and hands them to the engine's inbox."""

from __future__ import annotations

import os
import queue
import socketserver
import threading
from pathlib import Path

from femo_tui.errors import MalformedRecord, RecorderError
from femo_tui.model.run_state import RunState
from femo_tui.recorder.inbox import Asked, EngineInbox
from femo_tui.recorder.peephole import Peephole
from femo_tui.recorder.wire import LINE_LIMIT, Command, PictureReply, Reply, picture_asked
from femo_tui.store.files import PRIVATE

_ANSWER_TIMEOUT_S = 5.0
_PATH_LIMIT = 107  # bytes that a Unix socket's address holds


class ControlSocket:
    """Listens while the run lasts; one thread a connection, none of them touches the run."""

    def __init__(self, path: Path, inbox: EngineInbox, peephole: Peephole) -> None:
        """Listen at `path`; a socket left there by a recorder that is gone is removed.

        Who asks for pictures gets them through `peephole`.

        Raises:
            RecorderError: the path is too long or cannot be bound.
        """
        if len(os.fsencode(path)) > _PATH_LIMIT:
            raise RecorderError(
                f"the control socket's path is too long for the system ({path}):"
                " set FEMO_STATE_DIR to a shorter folder, or move a shared store to one"
            )
        self.path = path
        self._peephole = peephole
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            self._server = _Server(str(path), inbox, peephole)
            path.chmod(PRIVATE.inside(path.parent).file)
        except OSError as problem:
            raise RecorderError(
                f"the control socket {path} cannot be made ({problem.strerror}):"
                " set FEMO_STATE_DIR to a folder of yours"
            ) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="control", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._peephole.close()
        self.path.unlink(missing_ok=True)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False  # a console that stays connected must not hold up the end of a run

    def __init__(self, path: str, inbox: EngineInbox, peephole: Peephole) -> None:
        super().__init__(path, _Connection)
        self.inbox = inbox
        self.peephole = peephole


class _Connection(socketserver.StreamRequestHandler):
    """One operator's connection: a line in, a line out."""

    server: _Server

    def handle(self) -> None:
        while line := self.rfile.readline(LINE_LIMIT):
            try:
                self.wfile.write(self._answer(line).to_line())
            except OSError:
                return  # the console is gone; what it asked has been done and is in the run

    def _answer(self, line: bytes) -> Reply | PictureReply:
        if (look_id := picture_asked(line)) is not None:
            peephole = self.server.peephole
            return PictureReply(look_id, peephole.look(), peephole.why_not or None)
        try:
            command = Command.from_line(line)
        except MalformedRecord as problem:
            return Reply(0, ok=False, state=RunState.IDLE, error=str(problem))
        answers: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self.server.inbox.put(Asked(command, answers.put))
        try:
            return answers.get(timeout=_ANSWER_TIMEOUT_S)
        except queue.Empty:
            return Reply(
                command.id, ok=False, state=RunState.IDLE, error="the recorder does not answer"
            )
