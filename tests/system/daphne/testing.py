"""What `daphne.testing` offers to Daphne's tests, with our server in place of Daphne's."""

import multiprocessing
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import daphne.testing
from daphne.endpoints import build_endpoint_description_strings

TIMEOUT_SECONDS = 5

# A child begins without a reactor, which may not be shared, but with what takes long to import.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    ["pytest", "autobahn.twisted.websocket", "daphne.http_protocol", "daphne.ws_protocol", "chatproject.settings"]
)

storage = Path(tempfile.mkdtemp(prefix="daphne-tests-"))


class ServerProcess(processes.Process):  # type: ignore[name-defined,misc]
    """`daphne.testing.DaphneProcess` with our server."""

    def __init__(
        self,
        host: str,
        get_application: Callable[[], Any],
        kwargs: dict[str, Any],
        setup: Callable[[], None],
        teardown: Callable[[], None],
    ) -> None:
        super().__init__()
        self.host = host
        self.get_application = get_application
        self.kwargs = kwargs
        self.setup = setup
        self.teardown = teardown
        self.port = processes.Value("i", 0)
        self.ready = processes.Event()
        self.errors = processes.Queue()

    def run(self) -> None:
        """Serve until the test is over."""
        from chatproject.server.server import Server  # installs the reactor

        try:
            self.server = Server(
                application=self.get_application(),
                endpoints=build_endpoint_description_strings(host=self.host, port=0),
                signal_handlers=False,
                ready_callable=self.say_the_port,
                **self.kwargs,
            )
            self.setup()
            try:
                self.server.run()
            finally:
                self.teardown()
        except BaseException as error:  # noqa: BLE001 (the test raises it)
            self.errors.put((error, traceback.format_exc()))

    def say_the_port(self) -> None:
        """Twisted listens at once, so the port is known before the reactor runs."""
        self.port.value = self.server.listening_addresses[0][1]
        self.ready.set()


class TestApplication(daphne.testing.TestApplication):  # type: ignore[misc]
    """Daphne's, with files of its own, and without the extensions in the scope, which Daphne's tests do not know."""

    setup_storage = str(storage / "setup")
    result_storage = str(storage / "result")

    def __init__(self, lock: Any) -> None:
        super().__init__(lock=lock)
        self.files = TestApplication.setup_storage, TestApplication.result_storage

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        TestApplication.setup_storage, TestApplication.result_storage = self.files
        assert all(isinstance(extension, dict) for extension in scope.pop("extensions", {}).values())
        await super().__call__(scope, receive, send)


class BaseDaphneTestingInstance(daphne.testing.BaseDaphneTestingInstance):  # type: ignore[misc]
    """Daphne's, with more patience."""

    startup_timeout = 30

    def __enter__(self) -> Any:
        daphne.testing.DaphneProcess = ServerProcess
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.join()


class DaphneTestingInstance(BaseDaphneTestingInstance, daphne.testing.DaphneTestingInstance):  # type: ignore[misc]
    """Daphne's, with our application."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.lock = processes.Lock()
        BaseDaphneTestingInstance.__init__(self, *args, **options, application=TestApplication(lock=self.lock))

    def __enter__(self) -> Any:
        TestApplication.delete_setup()
        TestApplication.delete_result()
        return BaseDaphneTestingInstance.__enter__(self)

    def get_received(self) -> Any:
        """The scope and the messages that the application has received so far; raises what it raised."""
        with self.lock:
            result = TestApplication.load_result()
        if "exception" in result:
            raise result["exception"]
        return result["scope"], result["messages"]

    def add_send_messages(self, messages: list[dict[str, Any]]) -> None:
        """What the application sends when it next receives something."""
        TestApplication.save_setup(response_messages=messages)
