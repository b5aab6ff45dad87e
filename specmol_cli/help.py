"""How a command and a group print their help, and how they answer to names of earlier versions.

The help is plain text: rich would draw boxes, but loading it doubles the time that ``specmol --help`` takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from specmol_core.errors import UsageError

__all__ = ["Command", "Group", "ImagesCommand", "PanelledCommand", "help_without_command"]


class Command(TyperCommand):
    """A command whose help lists arguments, options and one example.

    The epilog of the command is the example: command lines that are printed as they are.
    """

    option_aliases: ClassVar[Mapping[str, str]] = {}
    """Old option names that still work, with the option that each one sets."""

    renamed_options: ClassVar[Mapping[str, str]] = {}
    """Old option names that are refused, with the name to use instead."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments after replacing aliases.

        Raises
        ------
        UsageError
            If an argument is an option of an earlier version that has a new name.
        """
        for name in (argument.partition("=")[0] for argument in args):
            if name in self.renamed_options and not ctx.resilient_parsing:
                raise UsageError(f"{ctx.command_path} {name} is now {self.renamed_options[name]}")
        return super().parse_args(ctx, [self._current(argument) for argument in args])

    def _current(self, argument: str) -> str:
        name, equals, value = argument.partition("=")
        return f"{self.option_aliases.get(name, name)}{equals}{value}"

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the sections of arguments and options."""
        _write_sections(formatter, _parameters(self, ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the example."""
        _write_example(formatter, self.epilog)


class ImagesCommand(Command):
    """A command whose option ``--images`` also has its earlier name, ``--pictures``."""

    option_aliases: ClassVar[Mapping[str, str]] = {"--pictures": "--images"}


class PanelledCommand(Command):
    """A command with many options: the help groups them by their ``rich_help_panel``."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a section for the arguments and one for each panel of options."""
        _write_sections(formatter, _parameters(self, ctx, by_panel=True))


class Group(TyperGroup):
    """A group whose help lists the commands by their ``rich_help_panel``, and the options last."""

    renamed: ClassVar[Mapping[str, str]] = {}
    """Commands of earlier versions, with the whole command to use instead."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that the arguments name.

        Raises
        ------
        UsageError
            If it is a command of an earlier version that has a new name.
        """
        if args and args[0] in self.renamed and not ctx.resilient_parsing:
            raise UsageError(f"{ctx.command_path} {args[0]} is now {self.renamed[args[0]]}")
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a section for each panel of commands, then one for the options."""
        _write_sections(formatter, {**_commands(self, ctx), **_parameters(self, ctx)})

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the example."""
        _write_example(formatter, self.epilog)


def help_without_command(context: typer.Context) -> None:
    """Print the help of a group and exit with code 0, unless a command follows."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


_NAME_COLUMN = 28
"""Most characters in the column of names; the text of a longer name starts on the next line."""

_Sections = dict[str, list[tuple[str, str]]]
"""Rows of name and text under the title of their section."""


def _commands(group: TyperGroup, ctx: Any) -> _Sections:
    sections: _Sections = {}
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is not None and not command.hidden:
            title = _panel(command, "Commands")
            sections.setdefault(title, []).append((name, command.get_short_help_str(limit=1000)))
    return sections


def _parameters(command: TyperCommand | TyperGroup, ctx: Any, by_panel: bool = False) -> _Sections:
    sections: _Sections = {"Arguments": []}
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        title = "Arguments" if parameter.param_type_name == "argument" else "Options"
        if by_panel:
            title = _panel(parameter, title)
        sections.setdefault(title, []).append(_shorten(*record))
    return {title: rows for title, rows in sections.items() if rows}


def _shorten(name: str, text: str) -> tuple[str, str]:
    """Leave out what a reader of the help does not need: Python's list types, and lower bounds."""
    name = re.sub(r"<list\[(\w+)\]>", lambda match: f"<{match[1].lower()}>", name).replace(" range>", ">")
    text = re.sub(r"; x>=[\d.]+\]", "]", text)
    return name, re.sub(r"  \[x>=[\d.]+\]", "", text)


def _panel(item: object, otherwise: str) -> str:
    panel = getattr(item, "rich_help_panel", None)
    return panel if isinstance(panel, str) else otherwise


def _write_example(formatter: Any, example: str | None) -> None:
    """Write command lines unwrapped, so that they can be pasted into a shell."""
    if example:
        with formatter.section("Example"):
            for line in example.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def _write_sections(formatter: Any, sections: _Sections) -> None:
    """Write the sections with the texts of all of them in one column."""
    names = [name for rows in sections.values() for name, _ in rows]
    width = max((len(name) for name in names if len(name) <= _NAME_COLUMN), default=_NAME_COLUMN)
    for title, rows in sections.items():
        with formatter.section(title):
            formatter.write_dl([(name.ljust(width), text) for name, text in rows], col_max=width)
