"""Text operations on URLs."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def template_url(url_with_params: str, params: "Mapping[str, str]") -> str:
    """The URL with each {name} replaced by params[name], as it stands."""
    for name, value in params.items():
        url_with_params = url_with_params.replace("{" + name + "}", value)
    return url_with_params


def remove_suffix(input_string: str, suffix: str) -> str:
    """The text without the suffix, where it ends in it."""
    return input_string.removesuffix(suffix)
