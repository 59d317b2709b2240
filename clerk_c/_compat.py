"""clerk_c under the name of the official SDK, for programs that are not to be changed."""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader as BaseLoader
    from types import ModuleType
else:
    BaseLoader = object  # a loader is known by its methods

REAL, OFFICIAL = "clerk_c", "clerk_backend_api"


class _Finder:
    """Answers an import of clerk_backend_api.x with the module clerk_c.x itself."""

    @staticmethod
    def find_spec(
        name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        package, _, rest = name.partition(".")
        if package != OFFICIAL:
            return None
        real = f"{REAL}.{rest}" if rest else REAL
        try:
            return ModuleSpec(name, _Loader(import_module(real)), origin=REAL)
        except ModuleNotFoundError as error:
            if error.name != real:
                raise
            raise ModuleNotFoundError(
                f"No module named {name!r}: clerk_c stands in for {OFFICIAL} and has no {real!r}",
                name=name,
            ) from None


class _Loader(BaseLoader):
    """Hands over a module that exists already, and leaves it as it was."""

    def __init__(self, module: "ModuleType") -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> "ModuleType":
        return self._module

    def exec_module(self, module: "ModuleType") -> None:
        module.__spec__ = self._spec  # the import system has put its own there


def install_as_clerk_backend_api() -> None:
    """Let `import clerk_backend_api`, and of its submodules, give clerk_c from now on.

    To be called before anything imports clerk_backend_api; a second call changes nothing. Only
    this process is concerned: one that it starts has to call it again.

    Raises:
        RuntimeError: the official package is imported already.
    """
    present = sys.modules.get(OFFICIAL)
    if present is not None and present is not sys.modules[REAL]:
        place = getattr(present, "__file__", None) or "an unknown place"
        raise RuntimeError(
            f"{OFFICIAL} is imported already (from {place}): call "
            "clerk_c.install_as_clerk_backend_api() before anything imports it"
        )
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        # First, because the others would find the files of clerk_c and load them once more.
        sys.meta_path.insert(0, _Finder())
    sys.modules[OFFICIAL] = sys.modules[REAL]


def uninstall_as_clerk_backend_api() -> None:
    """Undo `install_as_clerk_backend_api`. What was imported meanwhile stays as it is."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    for name in list(sys.modules):
        real = REAL + name.removeprefix(OFFICIAL)
        if name.partition(".")[0] == OFFICIAL and sys.modules[name] is sys.modules.get(real):
            del sys.modules[name]
