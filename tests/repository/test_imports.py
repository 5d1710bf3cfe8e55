"""The layers of docs/architecture.md: who may import whom, and who may call the bus."""

import ast
from collections.abc import Iterator

import pytest

from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

# From the lowest to the highest; a module may import from its own layer and from those below.
# The longest matching name decides.
LAYERS = [
    ["chat.unicode", "chat.networks", "chat.media", "outbound", "files.decoding"],
    ["chat.models", "chat.migrations"],
    ["chat.store"],
    ["chat.protocol"],
    ["chat.bus"],
    ["chat.policy"],
    ["chat.services", "chat.queries"],
    ["chat.derive"],
    ["chat.handlers"],
    ["chat.live"],
    ["chat.handshake", "chat.origins", "chat.presented", "chat.consumers", "chat.websocket", "chat.streams"],
    ["chat.web", "chat.templatetags", "chat.admin", "chat.management", "chat.demo", "chat.checks", "chat.apps"],
    ["chat.routing", "chat.urls", "chat.two_steps_urls"],
    ["notify", "api"],
    ["webhooks", "files"],
    ["previews"],
    ["search"],
    ["chatproject"],
]
LAYER_OF = {name: height for height, names in enumerate(LAYERS) for name in names}
PACKAGES = ("chat", "notify", "api", "webhooks", "search", "files", "previews", "outbound", "chatproject")
# The package itself holds nothing.
ROOTS = {"chat", "notify", "api", "webhooks", "search", "files", "previews", "outbound"}

BUS = "chat.bus"
# Who publishes: what a person does (services), the group commit of sends, and who reports who is connected.
PUBLISHERS = ("chat.services", "chat.live.writer", "chat.live.presence")
# Who knows its events besides: the hub, which receives them, and what reads missed ones from the database.
READERS = ("chat.live", "chat.derive", "chat.queries", "chat.bus")
PUBLISHING = {"publish", "publish_here"}

MODULES = {
    ".".join(path.relative_to(BASE_DIR).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((BASE_DIR / package).rglob("*.py"))
}


def layer(module: str) -> int | None:
    """How high a module stands; None for one that has no place yet."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((LAYER_OF[name] for name in names if name in LAYER_OF), None)


def imports(module: str) -> Iterator[str]:
    """The modules of ours that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in PACKAGES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            if node.module and node.module.split(".")[0] in PACKAGES:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    yield whole if whole in MODULES else node.module


@pytest.mark.parametrize("module", [module for module in MODULES if module not in ROOTS])
def test_a_module_imports_only_from_its_own_layer_and_below(module: str) -> None:
    own = layer(module)
    assert own is not None, f"{module} has no layer: give it one in tests/repository/test_imports.py"
    upward = {name for name in imports(module) if name not in ROOTS and (layer(name) or 0) > own}
    assert upward == set()


def test_models_import_only_models_and_properties_of_characters() -> None:
    foreign = {
        (module, name)
        for module in MODULES
        if module.startswith("chat.models")
        for name in imports(module)
        if not name.startswith(("chat.models", "chat.unicode"))
    }
    assert foreign == set()


def test_only_the_websocket_and_its_consumer_know_the_messages_of_asgi() -> None:
    knowing = {
        module
        for module in MODULES
        if module.startswith("chat.")
        for node in ast.walk(ast.parse(MODULES[module].read_text()))
        if isinstance(node, ast.Constant) and str(node.value).startswith("websocket.")
    }
    assert knowing == {"chat.websocket", "chat.consumers"}


def test_nothing_in_the_live_path_knows_a_session_of_django() -> None:
    knowing = {module for module, path in MODULES.items() if "session_key" in path.read_text()}
    assert {module for module in knowing if module.startswith("chat.live")} == set()


def test_only_services_queries_and_the_live_path_know_the_bus() -> None:
    callers = {module for module in MODULES if any(name.startswith(BUS) for name in imports(module))}
    assert callers
    assert {module for module in callers if not module.startswith((*PUBLISHERS, *READERS))} == set()


def test_only_services_and_the_writer_publish() -> None:
    publishers = {
        module
        for module in MODULES
        if any(name == f"{BUS}.bus" for name in imports(module))
        for node in ast.walk(ast.parse(MODULES[module].read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in PUBLISHING
    }
    assert {module for module in publishers if not module.startswith(PUBLISHERS)} == set()
