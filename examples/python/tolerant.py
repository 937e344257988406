"""Has the generated client take what later versions of the API add: see docs/api/evolution.md.

Left alone, it would refuse a whole answer for one value of an enum, or one kind of user error, that
it does not know.
"""

import ast
import re

from ariadne_codegen.plugins.base import Plugin
from graphql import ExecutableDefinitionNode

_OPEN = '''
class Open(str, Enum):
    """Takes a value that came after this client was generated, and shows it as it is."""

    @classmethod
    def _missing_(cls, value: object) -> "Open":
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
'''


class Tolerant(Plugin):
    """Named in pyproject.toml; ariadne-codegen calls it for each module that it writes."""

    def generate_enums_module(self, module: ast.Module) -> ast.Module:
        """Make every enum an open one."""
        head, _, enums = ast.unparse(module).partition("\n")
        return ast.parse(f"{head}\n{_OPEN}\n{enums.replace('(str, Enum)', '(Open)')}")

    def generate_result_types_module(
        self, module: ast.Module, operation_definition: ExecutableDefinitionNode
    ) -> ast.Module:
        """Read a user error of an unknown kind as what all of them are."""
        text = re.sub(r"Literal\[[^]]*\bUserError\b[^]]*\]", "str", ast.unparse(module))
        text = re.sub(r"discriminator=.typename__.", "union_mode='smart'", text)
        return ast.parse(text)
