"""Completion for shells: small scripts that ask `clerk-c complete` what may come next."""

from __future__ import annotations

from . import catalogue, options
from .catalogue import Operation, Parameter, kebab
from .commands import COMMANDS, HIDDEN
from .failures import Failure, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    _Found = Iterator[tuple[str, str]]  # a word and what it means

FILES = ":files"  # instead of words: the shell may offer names of files

_BASH = """\
_clerk_c() {
    local IFS=$'\\n' word=${COMP_WORDS[COMP_CWORD]} line
    COMPREPLY=()
    for line in $(clerk-c complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
        if [ "$line" = :files ]; then
            compopt -o filenames 2>/dev/null
            COMPREPLY+=($(compgen -f -- "$word"))
        else
            COMPREPLY+=("${line%%$'\\t'*}")
        fi
    done
}
complete -o nosort -F _clerk_c clerk-c 2>/dev/null || complete -F _clerk_c clerk-c
"""

_ZSH = """\
#compdef clerk-c
_clerk_c() {
    local line word meaning
    local -a found
    for line in "${(@f)$(clerk-c complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == :files ]]; then
            _files
        elif [[ -n $line ]]; then
            word=${line%%$'\\t'*}
            meaning=${${line#$word}#$'\\t'}
            found+=("${word//:/\\\\:}${meaning:+:$meaning}")
        fi
    done
    if (( ${#found} )); then
        _describe -V clerk-c found
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _clerk_c "$@"
else
    compdef _clerk_c clerk-c
fi
"""

_FISH = """\
function __clerk_c
    set -l words (commandline -opc)[2..-1] (commandline -ct)
    for line in (clerk-c complete -- $words 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c clerk-c -f -a '(__clerk_c)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_USES = {
    "bash": 'eval "$(clerk-c completion bash)"      in ~/.bashrc',
    "zsh": 'eval "$(clerk-c completion zsh)"       in ~/.zshrc, after compinit',
    "fish": "clerk-c completion fish | source       in ~/.config/fish/config.fish",
}


def main(words: list[str]) -> int:
    """Prints the script for a shell."""
    if len(words) == 1 and words[0] in SCRIPTS:
        print(SCRIPTS[words[0]], end="")
        return 0
    lines = ["Usage", "  clerk-c completion SHELL", "", "How to switch it on:"]
    text = "\n".join([*lines, *(f"  {use}" for use in _USES.values())])
    if {"-h", "--help"} & {*words}:
        print(text)
        return 0
    raise UsageError("completion needs the name of a shell: bash, zsh or fish", text)


def complete(words: list[str]) -> int:
    """Prints what the last word may become: a line for each, its meaning after a tab."""
    words = words[1:] if words[:1] == ["--"] else words
    before, last = (words[:-1], words[-1]) if words else ([], "")
    before = [word for word in before if word != "="]  # bash has split --flag=value
    prefix, equals, value = last.partition("=")
    if equals and prefix.startswith("--"):
        before, last, prefix = [*before, prefix], value, f"{prefix}="
    else:
        last, prefix = last.removeprefix("=") if last == "=" else last, ""
    for word, meaning in _found(before, last):
        if word == FILES or word.startswith(last):
            text = word if word == FILES else prefix + word
            print(f"{text}\t{meaning}" if meaning else text)
    return 0


def _found(before: list[str], last: str) -> _Found:
    from .parse import leading

    own, rest = leading(before)
    if not rest:
        pending = own and not last.startswith("-") and _option_needs_value(own[-1])
        yield from _value_of_option(own[-1]) if pending else _first(last)
        return
    if rest[0] in COMMANDS:
        yield from _of_command(rest[0])
        return
    group = catalogue.find_group(rest[0])
    if group is None:
        return
    if len(rest) == 1:
        yield from _operations(group)
        return
    try:
        operation = catalogue.find_operation(group, rest[1])
    except Failure:
        return
    yield from _after(operation, rest[2:], last)


def _first(last: str) -> _Found:
    if last.startswith("-"):
        yield from _own_options()
        yield "--version", ""
        return
    for group in catalogue.groups():
        yield kebab(group), ""
    for name, (_, meaning) in COMMANDS.items():
        if name != HIDDEN:
            yield name, meaning


def _operations(group: str) -> _Found:
    from .. import _core

    for name, function in catalogue.operations(group).items():
        method, path, *_ = _core.route(function)
        yield kebab(name), f"{method} {path}"


def _own_options() -> _Found:
    for option in options.BY_NAME.values():
        yield f"--{option.name}", option.text


def _option_needs_value(word: str) -> bool:
    option = options.BY_NAME.get(word.removeprefix("--"))
    return word.startswith("--") and option is not None and bool(option.metavar)


def _value_of_option(word: str) -> _Found:
    if options.BY_NAME[word.removeprefix("--")].metavar == "FILE":
        yield FILES, ""


def _after(operation: Operation, before: list[str], last: str) -> _Found:
    """What may follow in an operation's command."""
    previous = before[-1] if before else ""
    parameter = operation.by_flag.get(kebab(previous.removeprefix("--")))
    if previous.startswith("--") and parameter is not None and not parameter.is_switch:
        yield from _values(parameter)
    elif _option_needs_value(previous):
        yield from _value_of_option(previous)
    elif last.startswith("-"):
        yield from _flags(operation, before)
    else:
        place = len(_arguments(operation, before))
        if place < len(operation.in_path):
            yield from _values(operation.in_path[place])


def _arguments(operation: Operation, before: list[str]) -> list[str]:
    """The words that belong to no flag."""
    from .parse import take_apart

    try:
        return take_apart(before, operation).arguments
    except Failure:
        return []


def _flags(operation: Operation, before: Iterable[str]) -> _Found:
    used = {*before}
    for parameter in operation.parameters:
        flag = f"--{parameter.flag}"
        if flag not in used or parameter.is_list:
            yield flag, "required" if parameter.required else ""
        if parameter.type[0] == "bool":
            yield f"--no-{parameter.flag}", ""
    yield from _own_options()


def _values(parameter: Parameter) -> _Found:
    from .values import choices

    kind, detail, *_ = parameter.item
    if kind == "enum":
        for choice in choices(detail):
            yield choice, ""
    elif parameter.is_file:
        yield FILES, ""


def _of_command(name: str) -> _Found:
    if name == "completion":
        for shell in SCRIPTS:
            yield shell, ""
    elif name == "doctor":
        for option in ("json", "help", *(option.name for option in options.CONNECTION)):
            yield f"--{option}", options.BY_NAME[option].text
    elif name == "run":
        yield FILES, ""
