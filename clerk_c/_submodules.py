"""Modules that have no file of their own: `clerk_c.users` and the other groups of operations,
`clerk_c.models.user` and the other modules of models. Made when they are first imported."""

from importlib.machinery import ModuleSpec

from . import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.abc import Loader as BaseLoader
    from types import ModuleType
else:
    BaseLoader = object  # a loader is known by its methods


class Loader(BaseLoader):
    """Makes one such module, with the given names."""

    def __init__(self, names: "list[str]") -> None:
        self._names = names

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the import system."""

    def exec_module(self, module: "ModuleType") -> None:
        names = self._names
        parent, _, own_name = module.__name__.rpartition(".")

        def __getattr__(name: str) -> object:
            if name not in names:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            is_group = parent == "clerk_c"
            value: object = _core.group_class(own_name) if is_group else _core.export(name)
            setattr(module, name, value)
            return value

        def __dir__() -> "list[str]":
            return sorted({*vars(module), *names})

        kind = "Operations" if parent == "clerk_c" else "Models"
        module.__dict__.update(
            __doc__=f"{kind} of clerk_c: {', '.join(names)}.",
            __all__=names,
            __getattr__=__getattr__,
            __dir__=__dir__,
        )


def find(name: str) -> "ModuleSpec | None":
    """The spec of such a module; None when `name` is no module of that kind."""
    parent, _, own_name = name.rpartition(".")
    names = []
    if parent == "clerk_c":
        group = _core.group_class(own_name)
        names = [] if group is None else [group.__name__]
    elif parent == "clerk_c.models":
        names = _core.exports(own_name)
    return ModuleSpec(name, Loader(names), origin="clerk_c") if names else None
